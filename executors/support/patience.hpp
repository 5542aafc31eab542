#pragma once

#include <chrono>

#include "system/relax.hpp"

namespace fanout {

/// A wait by spinning, for a while.
class Patience {
 public:
  /// What parking and being woken costs, roughly, on both sides: to wait longer before parking could not have been
  /// cheaper. Wakes of 35-42 us, and 12.6 us of the waker's time, were measured on virtual machines.
  static constexpr std::chrono::microseconds kWake{100};

  explicit Patience(std::chrono::nanoseconds budget) : budget_(budget) {}

  /// Passes a moment; false, at once, when the budget is spent.
  bool wait() {
    if (budget_.count() == 0) return false;
    relax();
    if (++moments_ % kMomentsPerLook != 0) return true;
    const auto now = Clock::now();
    if (moments_ == kMomentsPerLook) end_ = now + budget_;  // the first look starts the clock: short waits never look
    return now < end_;
  }

  void renew() { moments_ = 0; }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr unsigned kMomentsPerLook = 64;  // a look costs as much as two moments or three

  std::chrono::nanoseconds budget_;
  unsigned moments_ = 0;
  Clock::time_point end_;
};

}  // namespace fanout
