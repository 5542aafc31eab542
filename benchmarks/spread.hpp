#pragma once

#include <sys/types.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <vector>

namespace fanout {

/// Time so far that the threads of this process and of those given were ready to run and waited for a CPU (field 2 of
/// /proc/PID/task/TID/schedstat). Threads that have ended are not in it, so only differences over a time in which none
/// ends mean something. Zero where the kernel does not tell.
std::chrono::nanoseconds ready_time(const std::vector<pid_t>& processes);

/// Time so far that CPUs of this machine were idle, in whole ticks (/proc/stat). Zero where the kernel does not tell.
std::chrono::milliseconds idle_time();

/// Sees to it that workers have a CPU each before they are timed. Fresh workers may share their creator's CPU, with
/// another one idle, until the system moves them: for a few milliseconds, or for a hundred.
class Spread {
  using Clock = std::chrono::steady_clock;
  using Seconds = std::chrono::duration<double>;

 public:
  /// A time in which batches run, and the ready times before it.
  struct Window {
    Clock::time_point start;
    std::chrono::nanoseconds waited;
  };
  Window watch(const std::vector<pid_t>& processes) const { return {Clock::now(), ready_time(processes)}; }

  /// By the ready times of this process and of `processes`; a time too short to tell leaves all as it was.
  void judge(const Window& window, const std::vector<pid_t>& processes) {
    const Seconds passed = Clock::now() - window.start;
    if (passed >= kWindow) ready_share_ = Seconds(ready_time(processes) - window.waited) / passed;
  }

  /// Calls batch() until no worker waits for a CPU, unless none did when it was judged last. Patience is limited over
  /// all calls, since every task may have a fresh worker; and there is none where no CPU idles that a worker could
  /// have.
  template <class Batch, class Idle = decltype(&idle_time)>
  void operator()(const std::vector<pid_t>& processes, const Batch& batch, const Idle& idle_time = &fanout::idle_time) {
    Seconds tried{};
    for (auto idle = idle_time(); !(ready_share_ <= kCrowded) && patience_ > Seconds(0);) {
      const Window window = watch(processes);
      do batch();
      while (Clock::now() - window.start < kWindow);
      judge(window, processes);
      if (ready_share_ <= kCrowded) return;
      const Seconds passed = Clock::now() - window.start;
      patience_ -= passed;
      tried += passed;
      if (tried < kTicks) continue;
      const auto now = idle_time();
      if (now == idle && now.count() > 0) patience_ = Seconds(0);
      idle = now;
      tried = Seconds(0);
    }
  }

  /// Workers that waited for a CPU, on average over the last window; where patience ran out it is large.
  [[nodiscard]] double ready_share() const { return std::max(0.0, ready_share_); }

 private:
  static constexpr Seconds kWindow = std::chrono::milliseconds(5);
  static constexpr double kCrowded = 0.1;  // of the time; two workers that take turns on one CPU wait for half of it
  static constexpr Seconds kTicks = std::chrono::milliseconds(25);  // two of 10 ms, and what is lost to rounding

  double ready_share_ = std::numeric_limits<double>::quiet_NaN();  ///< not judged yet
  Seconds patience_ = std::chrono::milliseconds(100);
};

}  // namespace fanout
