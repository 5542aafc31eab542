#pragma once

#include <chrono>

#include "executors/executor.hpp"

namespace fanout {

/// CPU time so far of this process, of its reaped children and of the executor's living ones. Only differences mean
/// something. Google Benchmark's own process clock misses the children.
std::chrono::nanoseconds cpu_time(const Executor& executor);

}  // namespace fanout
