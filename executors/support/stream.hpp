#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "executors/support/patience.hpp"
#include "system/futex.hpp"

namespace fanout {

/// Tasks that come one after the other, for workers that claim them: no queue, but a number that grows. May lie in
/// memory that forked workers share.
class Stream {
 public:
  static constexpr std::uint32_t kMost = 0x7fff'ffff;  ///< tasks

  /// Before workers claim, and after all of them have been told that there is nothing more.
  void open() {
    next_ = 0;
    come_ = 0;
  }

  /// One more task is there.
  void add() {
    come_.fetch_add(1);
    if (sleepers_.load() > 0) futex_wake_one(come_);
  }

  /// No further one will come.
  void end() {
    come_.fetch_or(kEnded);
    futex_wake_all(come_);
  }

  /// The next task, waiting for it by spinning so long, and then asleep. False where there will be none.
  bool claim(std::uint64_t& task, std::chrono::nanoseconds spin) {
    for (Patience patience(spin);;) {
      const std::uint32_t come = come_.load();
      std::uint32_t next = next_.load();
      while (next < (come & kMost)) {
        if (!next_.compare_exchange_weak(next, next + 1)) continue;
        task = next;
        return true;
      }
      if ((come & kEnded) != 0) return false;
      if (patience.wait()) continue;
      sleepers_.fetch_add(1);
      futex_wait(come_, come);
      sleepers_.fetch_sub(1);
      patience.renew();
    }
  }

  /// Whether no task is left to claim, of those that have come.
  [[nodiscard]] bool empty() const { return next_.load() == (come_.load() & kMost); }

 private:
  static constexpr std::uint32_t kEnded = 0x8000'0000;

  alignas(64) std::atomic<std::uint32_t> come_ = 0;  ///< tasks, and whether that is all
  std::atomic<std::uint32_t> sleepers_ = 0;
  alignas(64) std::atomic<std::uint32_t> next_ = 0;  ///< the first unclaimed task
};

}  // namespace fanout
