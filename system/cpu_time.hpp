#pragma once

#include <sys/types.h>

#include <chrono>
#include <vector>

namespace fanout {

/// CPU time so far of this process, of its reaped children and of its living ones, `processes`. Only differences mean
/// something. Google Benchmark's own process clock misses the children.
std::chrono::nanoseconds cpu_time(const std::vector<pid_t>& processes);

/// CPU time so far of the calling thread.
std::chrono::nanoseconds thread_cpu_time();

}  // namespace fanout
