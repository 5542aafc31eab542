#pragma once

#include <sys/types.h>

#include <chrono>
#include <vector>

namespace fanout {

/// Time so far that the threads of this process and of those given were ready to run and waited for a CPU (field 2 of
/// /proc/PID/task/TID/schedstat). Threads that have ended are not in it, so only differences over a time in which none
/// ends mean something. Zero where the kernel does not tell.
std::chrono::nanoseconds ready_time(const std::vector<pid_t>& processes);

/// Sees to it that workers have a CPU each before they are timed. Fresh workers may share their creator's CPU, with
/// another one idle, until the system moves them: for a few milliseconds, or for a hundred.
class Spread {
 public:
  /// Calls batch() until no worker waits for a CPU, by the ready times of this process and of `processes`. Patience is
  /// limited over all calls: a neighbour may have taken a CPU, or every task may have a fresh worker.
  template <class Batch>
  void operator()(const std::vector<pid_t>& processes, const Batch& batch) {
    for (bool crowded = true; crowded && patience_ > Seconds(0);) {
      const auto start = Clock::now();
      const auto waited = ready_time(processes);
      do batch();
      while (Clock::now() - start < kWindow);
      const Seconds window = Clock::now() - start;
      ready_share_ = Seconds(ready_time(processes) - waited) / window;
      crowded = ready_share_ > kCrowded;
      if (crowded) patience_ -= window;
    }
  }

  /// Workers that waited for a CPU, on average over the last window; where patience ran out it is large.
  [[nodiscard]] double ready_share() const { return ready_share_; }

 private:
  using Clock = std::chrono::steady_clock;
  using Seconds = std::chrono::duration<double>;
  static constexpr Seconds kWindow = std::chrono::milliseconds(5);
  static constexpr double kCrowded = 0.1;  // of the time; two workers that take turns on one CPU wait for half of it

  double ready_share_ = 0;
  Seconds patience_ = std::chrono::milliseconds(100);
};

}  // namespace fanout
