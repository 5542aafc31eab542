#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fanout {

/// Tasks that arrive by themselves, whatever becomes of those before them.
struct Load {
  enum class Arrivals { poisson, constant };

  double rate = 0;  ///< arrivals a second
  Arrivals arrivals = Arrivals::poisson;
  std::optional<std::size_t> capacity = {};  ///< of the queue: tasks submitted and not begun; none: no limit
  bool drop = false;                         ///< what finds it full is dropped; else the generator waits, and counts
};

/// Throws UsageError where less than one arrival is to be expected, or where so many, with digests of so many words, do
/// not fit into a quarter of this machine's memory.
void require_fitting(const Load& load, std::chrono::duration<double> window, std::size_t width = 1);

/// "1000/s" or "1000": arrivals a second. Throws UsageError.
double parse_rate(const std::string& text);

/// When tasks arrive within a window: ns from its begin, ascending, one at least. Constant ones come 1 / rate apart,
/// from 0 on; of Poisson ones the k-th gap is -ln(u) / rate with u = (mix(mix(seed) + k) >> 11 + 1/2) / 2^53.
std::vector<std::int64_t> arrival_times(const Load& load, std::chrono::duration<double> window, std::uint64_t seed);

}  // namespace fanout
