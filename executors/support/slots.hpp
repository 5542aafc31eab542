#pragma once

#include <condition_variable>
#include <mutex>
#include <numeric>
#include <vector>

namespace fanout {

/// The places of at most `count` tasks at once, for executors that start a thread a task: a place is handed out again
/// as soon as its task ends, in whatever order tasks end.
class Slots {
 public:
  explicit Slots(unsigned count) : free_(count) { std::iota(free_.begin(), free_.end(), 0U); }

  /// Waits for a free place.
  unsigned take() {
    std::unique_lock lock(mutex_);
    freed_.wait(lock, [this] { return !free_.empty(); });
    const unsigned slot = free_.back();
    free_.pop_back();
    return slot;
  }

  void give_back(unsigned slot) {
    const std::scoped_lock lock(mutex_);
    free_.push_back(slot);
    freed_.notify_one();  // under the lock: the last task may be the last to touch this object
  }

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<unsigned> free_;
};

}  // namespace fanout
