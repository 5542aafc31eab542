#pragma once

#include <chrono>

#include "executors/executor.hpp"

namespace fanout {

/// Time so far that this process's threads and the executor's worker processes were ready to run and waited for a CPU
/// (field 2 of /proc/PID/task/TID/schedstat). Threads that have ended are not in it, so only differences over a time in
/// which none ends mean something. Zero where the kernel does not tell.
std::chrono::nanoseconds ready_time(const Executor& executor);

}  // namespace fanout
