#pragma once

#include <cstdint>

#include "benchmarks/observers/states/phases.hpp"

/// Which ranges of tasks are read before and after, and what such readings tell. Times are in ns.
namespace fanout::states::sampling {

/// The share of ranges to draw where one takes so long: reading takes 0.3 % of them by its least cost, and about 1 %
/// among tasks.
double share_for(double range);

/// Ranges up to the next that is drawn, where each is drawn with this probability: a geometric number.
std::uint64_t draw_skip(double share);

/// What reading the monotonic clock takes, and reading a thread's times twice.
double cost_of_clock();
double cost_of_sample();

/// How long a reading was held up: all of it where it took longer than one can.
double stall(std::int64_t reading);

/// The states in a body that took `wall`, of what two readings around it have seen, the second of which stalled.
StateTimes of_body(const ThreadTimes& around, double wall, double stalled);

}  // namespace fanout::states::sampling
