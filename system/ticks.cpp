#include "system/ticks.hpp"

#include <cmath>
#include <fstream>
#include <string>

namespace fanout {

bool counts_ticks() {
  std::string source;
  std::ifstream("/sys/devices/system/clocksource/clocksource0/current_clocksource") >> source;
  return source == "tsc";
}

TickScale::TickScale() : begin_(now()), end_(begin_) {}

void TickScale::close() { end_ = now(); }

/// The pair that was read in the shortest time: in a longer one the thread may have lost its CPU in between.
TickScale::Pair TickScale::now() {
  Pair best{};
  std::uint64_t least = ~std::uint64_t{0};
  for (int i = 0; i < 10; ++i) {
    const std::uint64_t before = fanout::ticks();
    const auto ns = std::chrono::steady_clock::now().time_since_epoch().count();
    const std::uint64_t took = fanout::ticks() - before;
    if (took >= least) continue;
    least = took;
    best = {.ticks = before + took / 2, .ns = ns};
  }
  return best;
}

double TickScale::rate() const {
  const auto passed = static_cast<double>(end_.ticks - begin_.ticks);
  return passed > 0 ? static_cast<double>(end_.ns - begin_.ns) / passed : 1;
}

std::int64_t TickScale::ns(std::uint64_t at) const {
  return begin_.ns + std::llround(static_cast<double>(static_cast<std::int64_t>(at - begin_.ticks)) * rate());
}

}  // namespace fanout
