#include "system/cpu_time.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <ctime>

namespace fanout {
namespace {

std::chrono::nanoseconds read_clock(clockid_t clock) {
  timespec time{};
  if (clock_gettime(clock, &time) != 0) return {};  // that process has just ended: the next reading finds it reaped
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

std::chrono::nanoseconds duration(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

}  // namespace

std::chrono::nanoseconds cpu_time(const std::vector<pid_t>& processes) {
  rusage reaped{};
  getrusage(RUSAGE_CHILDREN, &reaped);
  auto total = read_clock(CLOCK_PROCESS_CPUTIME_ID) + duration(reaped.ru_utime) + duration(reaped.ru_stime);
  for (const pid_t pid : processes) {
    clockid_t clock{};
    if (clock_getcpuclockid(pid, &clock) == 0) total += read_clock(clock);
  }
  return total;
}

std::chrono::nanoseconds thread_cpu_time() { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

std::chrono::nanoseconds cost_of_thread_cpu_time() {
  auto least = std::chrono::nanoseconds::max();
  for (int i = 0; i < 200; ++i) {
    const auto before = thread_cpu_time();
    least = std::min(least, thread_cpu_time() - before);
  }
  return least;
}

}  // namespace fanout
