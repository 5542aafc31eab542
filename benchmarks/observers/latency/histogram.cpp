#include "benchmarks/observers/latency/histogram.hpp"

#include <nlohmann/json.hpp>
#include <numeric>

namespace fanout::latency {

using nlohmann::ordered_json;

void Histogram::add(const Histogram& other) {
  bins_ += other.bins_;
  sum_ += other.sum_;
  least_ = std::min(least_, other.least_);
  most_ = std::max(most_, other.most_);
}

std::uint64_t Histogram::count() const { return std::accumulate(bins_.begin(), bins_.end(), std::uint64_t{0}); }

ordered_json Histogram::as_json() const {
  const auto seconds = [](std::uint64_t ns) { return static_cast<double>(ns) / 1e9; };
  const std::uint64_t all = count();
  ordered_json bins = ordered_json::array();
  for (int i = 0; i < LogAxis{}.size(); ++i) {
    if (const std::uint64_t here = bins_.at(i); here > 0)
      bins.push_back({seconds(LogAxis{}.value(i)), seconds(LogAxis{}.value(i + 1)), here});
  }
  return {{"count", all},
          {"mean", all > 0 ? ordered_json(seconds(sum_) / static_cast<double>(all)) : nullptr},
          {"min", all > 0 ? ordered_json(seconds(least_)) : nullptr},
          {"max", all > 0 ? ordered_json(seconds(most_)) : nullptr},
          {"bins", bins}};
}

}  // namespace fanout::latency
