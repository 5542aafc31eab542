#pragma once

#include <cstdint>
#include <memory>

#include "core/parameter.hpp"
#include "workloads/workload.hpp"

namespace fanout {

/// `slowdown`, in whole percent, of the workloads that can be made slower on purpose: to see which change is seen.
Parameter slowdown_parameter();

/// The workload, whose tasks take `percent` more of the CPU: their worker burns that share of the thread's CPU time
/// that they took. Not of the time on a clock, by which a worker that lost its core would pay for what it did not do.
/// Digests are as they were, and facts() tell the slowdown. Without one, the workload as it stands, so that it costs
/// nothing. Throws std::logic_error on a workload that is also written as coroutines, which would not be slowed.
std::unique_ptr<Workload> slowed(std::unique_ptr<Workload> workload, std::int64_t percent);

}  // namespace fanout
