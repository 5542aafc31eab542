#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <ctime>
#include <system_error>

namespace fanout {

/// Sends the calling thread a signal each time that it has used so much CPU time, at the next of the kernel's ticks,
/// which come each 1 to 10 ms. Throws std::system_error where the kernel has no timer left.
class CpuTimer {
 public:
  CpuTimer(int signal, std::chrono::nanoseconds every) {
    sigevent event = {};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = signal;
    event._sigev_un._tid = gettid();
    if (timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer_) != 0)
      throw std::system_error(errno, std::generic_category(), "timer_create");
    const auto nanoseconds = static_cast<long>(every.count());
    const itimerspec interval{.it_interval = {.tv_sec = 0, .tv_nsec = nanoseconds},
                              .it_value = {.tv_sec = 0, .tv_nsec = nanoseconds}};
    timer_settime(timer_, 0, &interval, nullptr);
  }
  CpuTimer(const CpuTimer&) = delete;
  CpuTimer& operator=(const CpuTimer&) = delete;
  ~CpuTimer() {
    if (owned_) timer_delete(timer_);
  }

  /// In a forked child, which has no timers of its parent's: their numbers may become those of its own.
  void forget() { owned_ = false; }

 private:
  timer_t timer_ = nullptr;
  bool owned_ = true;
};

}  // namespace fanout
