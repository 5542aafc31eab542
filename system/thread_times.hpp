#pragma once

#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>

#include "system/descriptor.hpp"

namespace fanout {

/// What a thread has done so far, in ns. Only differences mean something.
struct ThreadTimes {
  std::int64_t wall = 0;     ///< the monotonic clock
  std::int64_t running = 0;  ///< on a CPU
  std::int64_t ready = 0;    ///< waiting for a CPU: the second field of its schedstat; 0 where there is none

  ThreadTimes& operator+=(const ThreadTimes& other);
  [[nodiscard]] ThreadTimes operator-(const ThreadTimes& other) const;
  /// Neither on a CPU nor waiting for one.
  [[nodiscard]] std::int64_t blocked() const { return wall - running - ready; }
};

/// Why the kernel under `proc` does not tell how long a thread waits for a CPU; empty where it does.
std::string why_no_ready(const std::string& proc = "/proc");

/// Reads a thread's times again and again, in 1 to 2 us. A thread's own are exact; seen from outside, a wait that has
/// not ended is missing. The first field of schedstat is never read: it is stale until the next tick. The clock comes
/// before the wait: reading it makes the scheduler look whether the thread has had its share, and if so it is preempted
/// there.
class ThreadWatch {
 public:
  /// The calling thread. `proc` is empty where waits are not to be read, here and below.
  explicit ThreadWatch(const std::string& proc);
  /// A thread of this process; or of another one, which has no more than one.
  ThreadWatch(const std::string& proc, pid_t process, pid_t thread);

  /// Nothing once the thread has ended.
  [[nodiscard]] std::optional<ThreadTimes> read() const;

 private:
  clockid_t clock_;
  bool waits_;
  Descriptor schedstat_;
};

}  // namespace fanout
