#include "benchmarks/open_loop/load.hpp"

#include <cmath>

#include "benchmarks/observers/latency/histogram.hpp"
#include "tests/tiny.hpp"

namespace fanout {
namespace {

using latency::Histogram;
using latency::LogAxis;
using std::chrono::seconds;

TEST(Arrivals, ComeAtTheirRate) {
  const Load constant{.rate = 1'000, .arrivals = Load::Arrivals::constant};
  const auto even = arrival_times(constant, seconds(2), 1);
  ASSERT_EQ(even.size(), 2'000U);
  for (std::size_t k = 0; k < even.size(); ++k) EXPECT_NEAR(even[k], k * 1e6, 1);

  const Load poisson{.rate = 10'000};
  const auto times = arrival_times(poisson, seconds(10), 1);
  EXPECT_NEAR(times.size(), 100'000, 5 * std::sqrt(100'000.0));
  EXPECT_TRUE(std::ranges::is_sorted(times));
  EXPECT_LT(times.back(), 10'000'000'000);
  double squares = 0;  // of gaps, whose coefficient of variation is 1
  for (std::size_t k = 1; k < times.size(); ++k) squares += std::pow(static_cast<double>(times[k] - times[k - 1]), 2);
  EXPECT_NEAR(squares / static_cast<double>(times.size()), 2e10, 1e9);
}

TEST(Arrivals, FollowTheirSeedAlone) {
  const Load load{.rate = 500};
  const auto times = arrival_times(load, seconds(1), 7);
  EXPECT_EQ(times, arrival_times(load, seconds(1), 7));
  EXPECT_NE(times, arrival_times(load, seconds(1), 8));
  const auto longer = arrival_times(load, seconds(2), 7);
  EXPECT_TRUE(std::ranges::equal(times, std::span(longer).first(times.size())));
}

TEST(Arrivals, HaveARateThatCanBe) {
  EXPECT_EQ(parse_rate("1000/s"), 1'000);
  EXPECT_EQ(parse_rate("0.5"), 0.5);
  for (const char* bad : {"", "/s", "0", "-1", "nan", "inf", "1e10", "10/m", "10 /s", "1,000"})
    EXPECT_THROW(parse_rate(bad), UsageError) << bad;
  EXPECT_THROW(require_fitting({.rate = 1}, std::chrono::milliseconds(900)), UsageError);
  EXPECT_THROW(require_fitting({.rate = 1e9}, seconds(1'000)), UsageError);
  EXPECT_NO_THROW(require_fitting({.rate = 1'000}, seconds(1)));
}

TEST(LogAxis, HasBinsThatFollowEachOtherAndAreNarrow) {
  const LogAxis axis;
  for (int i = 0; i < axis.size(); ++i) {
    const std::uint64_t low = axis.value(i);
    const std::uint64_t high = axis.value(i + 1);
    EXPECT_EQ(axis.index(low), i);
    EXPECT_EQ(axis.index(high - 1), i);
    EXPECT_LE(static_cast<double>(high - 1 - low), static_cast<double>(low) / 128) << low;
  }
  EXPECT_EQ(axis.index(std::numeric_limits<std::uint64_t>::max()), axis.size() - 1);
}

TEST(Histogram, KnowsMeanAndExtremesExactlyAndMerges) {
  Histogram one;
  Histogram two;
  for (const std::uint64_t ns : {3U, 1'000'000U, 1'000'001U}) one.add(ns);
  two.add(7'000'000'000U);
  EXPECT_EQ(Histogram().as_json()["mean"], nullptr);
  EXPECT_EQ(Histogram().count(), 0U);
  one.add(two);
  const nlohmann::json json = one.as_json();
  EXPECT_EQ(json["count"], 4);
  EXPECT_DOUBLE_EQ(json["mean"], (3 + 1'000'000 + 1'000'001 + 7e9) / 4e9);
  EXPECT_EQ(json["min"], 3e-9);
  EXPECT_EQ(json["max"], 7.0);
  ASSERT_EQ(json["bins"].size(), 3U);
  EXPECT_EQ(json["bins"][0], nlohmann::json::array({3e-9, 4e-9, 1}));
  EXPECT_EQ(json["bins"][1][2], 2);
  EXPECT_LE(json["bins"][1][0], 1e-3);
  EXPECT_GT(json["bins"][1][1], 1.000001e-3);
}

}  // namespace
}  // namespace fanout
