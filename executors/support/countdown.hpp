#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace fanout {

/// Waits until `count` things are done. Unlike a std::latch, it may go as soon as wait() has returned.
class Countdown {
 public:
  explicit Countdown(std::size_t count) : left_(count), over_(count == 0) {}

  /// One more thing is to be done; while one is left.
  void count_up() { left_.fetch_add(1); }

  void count_down() {
    if (left_.fetch_sub(1) != 1) return;
    const std::scoped_lock lock(mutex_);
    over_ = true;
    changed_.notify_one();  // under the lock: wait() cannot return before this has left
  }

  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return over_; });
  }

 private:
  std::atomic<std::size_t> left_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_;
};

}  // namespace fanout
