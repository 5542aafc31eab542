#include "system/affinity.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <thread>

namespace fanout {
namespace {

TEST(Affinity, IsTheThreadsOwn) {
  const auto mine = affinity();
  ASSERT_FALSE(mine.empty());
  EXPECT_TRUE(std::ranges::is_sorted(mine));
  std::thread([&] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(mine.back(), &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
    EXPECT_EQ(affinity(), std::vector{mine.back()});
  }).join();
  EXPECT_EQ(affinity(), mine);
  EXPECT_EQ(starting_affinity(), mine);
}

}  // namespace
}  // namespace fanout
