#include "benchmarks/open_loop/load.hpp"

#include <unistd.h>

#include <charconv>
#include <cmath>
#include <sstream>

#include "core/parameter.hpp"
#include "workloads/digest.hpp"

namespace fanout {
namespace {

constexpr double kMostRate = 1e9;
constexpr double kMostArrivals = 2e9;  // executors count them by 31 bits

/// Between 0 and 1, and neither.
double uniform(std::uint64_t random) { return std::ldexp(static_cast<double>(random >> 11U) + 0.5, -53); }

}  // namespace

double parse_rate(const std::string& text) {
  const std::string digits = text.ends_with("/s") ? text.substr(0, text.size() - 2) : text;
  double rate = 0;
  const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), rate);
  if (error == std::errc{} && rest == digits.data() + digits.size() && rate > 0 && rate <= kMostRate) return rate;
  throw UsageError("--rate=" + text + ": accepted: arrivals a second, above 0 and at most 1e9, such as 1000/s");
}

void require_fitting(const Load& load, std::chrono::duration<double> window, std::size_t width) {
  const auto refuse = [&](const std::string& what) {
    std::ostringstream text;
    text << "--rate=" << load.rate << "/s: " << what << " in " << window.count() << " s";
    throw UsageError(text.str());
  };
  const double arrivals = load.rate * window.count();
  if (arrivals < 1) refuse("less than one arrival");
  const double bytes = arrivals * static_cast<double>((3 + width) * sizeof(std::uint64_t));
  const double memory = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  if (bytes > memory / 4 || arrivals > kMostArrivals) refuse("more arrivals than this machine's memory holds");
}

std::vector<std::int64_t> arrival_times(const Load& load, std::chrono::duration<double> window, std::uint64_t seed) {
  const double end = window.count();
  std::vector<std::int64_t> times;
  double at = 0;
  for (std::uint64_t k = 0;; ++k) {
    at = load.arrivals == Load::Arrivals::constant ? static_cast<double>(k) / load.rate
                                                   : at - std::log(uniform(mix(mix(seed) + k))) / load.rate;
    if (at >= end && k > 0) return times;
    times.push_back(std::llround(at * 1e9));
  }
}

}  // namespace fanout
