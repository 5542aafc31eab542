#include "benchmarks/observers/states/sampling.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <tuple>

#include "system/monotonic.hpp"

namespace fanout::states::sampling {
namespace {

// That reading may take, by its least cost: among tasks it takes about three times that.
constexpr double kMostOfRange = 0.003;
constexpr double kSwitch = 500;          // ns: no thread leaves its CPU and comes back in less
constexpr std::int64_t kStall = 20'000;  // ns: no reading takes as long on a CPU

/// A random number from 0 up to but not 1. Each draw takes in the clock, so that no two workers draw alike.
double draw() {
  thread_local std::minstd_rand random;
  random.seed(random() ^ static_cast<unsigned>(monotonic_time()));
  random();  // the first number after a seed is nearly proportional to it
  return std::generate_canonical<double, 53>(random);
}

/// What one call of `read` takes, in ns: the least of many, so that an interruption does not count.
template <class Read>
double cost_of(const Read& read) {
  double least = INFINITY;
  for (int i = 0; i < 200; ++i) {
    const auto before = monotonic_time();
    read();
    least = std::min(least, static_cast<double>(monotonic_time() - before));
  }
  return least;
}

}  // namespace

std::uint64_t draw_skip(double share) {
  if (share >= 1) return 0;
  return static_cast<std::uint64_t>(std::min(1e15, std::log1p(-draw()) / std::log1p(-share)));
}

double cost_of_clock() {
  static const double cost = cost_of([] {});
  return cost;
}

double cost_of_sample() {
  static const double cost = [] {
    const ThreadWatch watch("/proc");
    return 2 * cost_of([&] { std::ignore = watch.read(); });
  }();
  return cost;
}

double stall(std::int64_t reading) { return reading > kStall ? static_cast<double>(reading) : 0; }

StateTimes of_body(const ThreadTimes& around, double wall, double stalled) {
  const StateTimes seen(around);
  const double ready = std::clamp(seen.ready - stalled, 0.0, wall);
  const double blocked = std::clamp(seen.blocked - std::max(0.0, stalled - seen.ready), 0.0, wall - ready);
  if (ready + blocked < kSwitch) return {wall, 0, 0};
  return {wall - ready - blocked, ready, blocked};
}

double share_for(double range) { return std::clamp(kMostOfRange * range / cost_of_sample(), 1e-9, 1.0); }

}  // namespace fanout::states::sampling
