#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <boost/histogram/histogram.hpp>
#include <boost/histogram/make_histogram.hpp>
#include <cstdint>
#include <limits>
#include <nlohmann/json_fwd.hpp>

namespace fanout::latency {

/// A logarithmic axis over whole nanoseconds, without a logarithm: 128 bins for each doubling, single ns below 256. No
/// two values of a bin differ by more than 1/128, 0.8 %. Values beyond 73 minutes are in the last bin.
class LogAxis {
 public:
  static constexpr std::uint64_t kMost = (std::uint64_t{1} << 42U) - 1;  // ns

  static constexpr bool inclusive() { return true; }
  [[nodiscard]] constexpr int index(std::uint64_t ns) const noexcept {
    ns = std::min(ns, kMost);
    const int shift = static_cast<int>(std::bit_width(ns | 255U)) - 8;
    return (shift << 7) + static_cast<int>(ns >> shift);
  }
  [[nodiscard]] constexpr int size() const noexcept { return index(kMost) + 1; }

  /// The least value of a bin, in ns.
  [[nodiscard]] constexpr std::uint64_t value(int index) const noexcept {
    if (index < 256) return static_cast<std::uint64_t>(index);
    const int shift = (index >> 7) - 1;
    return static_cast<std::uint64_t>(index - (shift << 7)) << shift;
  }

  bool operator==(const LogAxis& /*other*/) const { return true; }
};

/// How often which times were seen. Of fixed size and without pointers: it may lie in memory that processes share.
class Histogram {
 public:
  void add(std::uint64_t ns) {
    bins_(ns);
    sum_ += ns;
    least_ = std::min(least_, ns);
    most_ = std::max(most_, ns);
  }
  void add(const Histogram& other);

  [[nodiscard]] std::uint64_t count() const;

  /// {"count", "mean", "min", "max", "bins": [[low, high, count], ...]} in seconds: mean, min and max of the values
  /// themselves, and of the bins those that are not empty, ascending.
  [[nodiscard]] nlohmann::ordered_json as_json() const;

 private:
  using Counts = std::array<std::uint64_t, LogAxis{}.size()>;
  using Bins = decltype(boost::histogram::make_histogram_with(Counts{}, LogAxis{}));

  Bins bins_ = boost::histogram::make_histogram_with(Counts{}, LogAxis{});
  std::uint64_t sum_ = 0;
  std::uint64_t least_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t most_ = 0;
};

}  // namespace fanout::latency
