#include "benchmarks/spread.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace fanout {
namespace {

using namespace std::chrono_literals;

TEST(Spread, WhatWasJudgedWellIsNotTriedAgain) {
  Spread spread;
  for (int tries = 0; tries < 100; ++tries) {  // who sleeps waits for a CPU only when it wakes
    const auto window = spread.watch({});
    std::this_thread::sleep_for(50ms);
    spread.judge(window, {});
    if (spread.ready_share() <= 0.1) break;
  }
  int batches = 0;
  spread({}, [&] { ++batches; });
  EXPECT_EQ(batches, 0);
}

TEST(Spread, WhatNobodyHasJudgedIsTried) {
  Spread spread;
  spread.judge(spread.watch({}), {});  // too short to tell
  int batches = 0;
  spread({}, [&] {
    ++batches;
    std::this_thread::sleep_for(10ms);
  });
  EXPECT_GE(batches, 1);
}

/// A CPU that idles could take a worker that waits; where there is none, more patience would be in vain.
TEST(Spread, GivesUpWhereNoCpuIdles) {
  std::atomic<bool> over = false;
  std::vector<std::thread> crowd;
  for (unsigned i = 0; i < 2 * std::thread::hardware_concurrency(); ++i) {
    crowd.emplace_back([&] {
      while (!over) {
      }
    });
  }
  const auto batch = [] { std::this_thread::sleep_for(1ms); };
  int looks = 0;
  bool crowded = false;
  for (int tries = 0; tries < 100 && !crowded; ++tries) {  // the threads may have to start yet
    Spread spread;
    looks = 0;
    spread({}, batch, [&] { return ++looks, 1ms; });
    crowded = spread.ready_share() > 0.1;
  }
  std::chrono::milliseconds idle = 1ms;
  for (int tries = 0; tries < 20 && idle < 4ms; ++tries) {
    idle = 1ms;
    Spread{}({}, batch, [&] { return ++idle; });
  }
  over = true;
  for (auto& thread : crowd) thread.join();
  EXPECT_EQ(looks, 2) << "at the begin, and after some ticks";
  EXPECT_GE(idle, 4ms) << "a CPU idled, so it went on";
}

}  // namespace
}  // namespace fanout
