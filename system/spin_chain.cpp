#include "system/spin_chain.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace fanout {

std::uint64_t SpinChain::jump(std::uint64_t state, std::uint64_t rounds) {
  std::uint64_t multiplier = 1;
  std::uint64_t increment = 0;
  std::uint64_t power_multiplier = kMultiplier;
  std::uint64_t power_increment = kIncrement;
  for (; rounds > 0; rounds /= 2) {
    if (rounds % 2 == 1) {
      multiplier *= power_multiplier;
      increment = increment * power_multiplier + power_increment;
    }
    power_increment *= power_multiplier + 1;
    power_multiplier *= power_multiplier;
  }
  return state * multiplier + increment;
}

double SpinChain::calibrate(int tries) {
  using Clock = std::chrono::steady_clock;
  constexpr std::uint64_t kRounds = 200'000;
  double shortest = INFINITY;
  volatile std::uint64_t sink = 1;
  for (int i = 0; i < tries; ++i) {
    const auto start = Clock::now();
    sink = SpinChain::walk(sink, kRounds);
    shortest = std::min(shortest, std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  }
  return kRounds / shortest;
}

}  // namespace fanout
