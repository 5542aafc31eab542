#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace fanout {

/// What the kernel has counted of a thread so far. Only differences mean something.
struct ThreadFigures {
  std::int64_t voluntary = 0;                   ///< switches: it had to wait
  std::int64_t involuntary = 0;                 ///< switches: it was preempted, or it yielded
  std::optional<std::int64_t> migrations = {};  ///< from one CPU to another; nothing where the kernel does not tell

  ThreadFigures& operator+=(const ThreadFigures& other);
  [[nodiscard]] ThreadFigures operator-(const ThreadFigures& other) const;
};

/// Of the calling thread: 190 ns; without migrations, which the kernel tells in a file alone.
ThreadFigures own_figures();

/// Of another one: some 8 us. Nothing once it has ended.
std::optional<ThreadFigures> thread_figures(pid_t process, pid_t thread, const std::string& proc = "/proc");

/// Page faults.
struct Faults {
  std::int64_t minor = 0;  ///< the page was in memory
  std::int64_t major = 0;  ///< it had to be read

  Faults& operator+=(const Faults& other);
};

/// Of this process and of its reaped children.
Faults faults();
/// Of another process; none once it has ended.
Faults faults_of(pid_t process, const std::string& proc = "/proc");

}  // namespace fanout
