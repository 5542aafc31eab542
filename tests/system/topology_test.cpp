#include "system/topology.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "system/affinity.hpp"

namespace fanout {
namespace {

using Cpus = std::vector<unsigned>;

Cpus first(unsigned count) {
  Cpus cpus(count);
  std::iota(cpus.begin(), cpus.end(), 0U);
  return cpus;
}

TEST(PlacementOrder, WithoutSmtIsThatOfTheCores) { EXPECT_EQ(placement_order(first(4), "core:4 pu:1"), first(4)); }

TEST(PlacementOrder, TakesEveryCoreBeforeASecondThreadOfOne) {
  EXPECT_EQ(placement_order(first(8), "core:4 pu:2"), (Cpus{0, 2, 4, 6, 1, 3, 5, 7}));
}

/// As Linux numbers most servers: the cores of all packages, then their second threads.
TEST(PlacementOrder, FollowsTheNumbersOfTheSystem) {
  EXPECT_EQ(placement_order(first(8), "pack:2 core:2 pu:2(indexes=0,4,1,5,2,6,3,7)"), first(8));
}

/// Where packages take turns in numbering, neighbours by number are none.
TEST(PlacementOrder, KeepsPackagesTogether) {
  EXPECT_EQ(placement_order(first(8), "pack:2 core:2 pu:2(indexes=0,4,2,6,1,5,3,7)"), (Cpus{0, 2, 1, 3, 4, 6, 5, 7}));
}

TEST(PlacementOrder, KeepsNumaNodesTogether) {
  EXPECT_EQ(placement_order(first(8), "pack:1 [numa] group:2 [numa] core:2 pu:2"), (Cpus{0, 2, 4, 6, 1, 3, 5, 7}));
}

/// Of a core whose first thread is somebody else's, the second is the first.
TEST(PlacementOrder, IsOfAllowedCpusOnly) {
  EXPECT_EQ(placement_order({1, 2, 3, 7}, "core:4 pu:2"), (Cpus{1, 2, 7, 3}));
}

TEST(PlacementOrder, LosesNoCpuThatHwlocDoesNotKnow) {
  EXPECT_EQ(placement_order({0, 1, 40}, "core:2 pu:1"), (Cpus{0, 1, 40}));
}

TEST(PlacementOrder, OfNonsenseIsRefused) {
  EXPECT_THROW(placement_order(first(2), "core:two"), std::invalid_argument);
}

TEST(PlacementOrder, OfThisMachineHoldsEachOfItsCpusOnce) {
  const Cpus allowed = affinity();
  ASSERT_FALSE(allowed.empty());
  EXPECT_TRUE(std::ranges::is_permutation(placement_order(allowed), allowed));
}

TEST(LastLevelCache, IsThatOfAllPackages) {
  EXPECT_EQ(last_level_cache("pack:2 l3:1(size=32MB) l2:2(size=1MB) core:1 pu:1"), 2U * 32'000'000);
  EXPECT_EQ(last_level_cache("pack:1 l2:2(size=1MB) core:1 pu:1"), 2'000'000U);
  EXPECT_EQ(last_level_cache("core:4 pu:1"), 0U) << "nobody knows";
}

}  // namespace
}  // namespace fanout
