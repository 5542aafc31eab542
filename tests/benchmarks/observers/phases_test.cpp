#include "benchmarks/observers/states/phases.hpp"

#include <gtest/gtest.h>

#include "benchmarks/observers/states/sampling.hpp"

namespace fanout::states {
namespace {

/// A thread's times at this moment, in ns.
ThreadTimes at(std::int64_t wall, std::int64_t running, std::int64_t ready) {
  return {.wall = wall, .running = running, .ready = ready};
}

void expect(const StateTimes& seen, double running, double ready, double blocked) {
  EXPECT_NEAR(seen.running, running, 1e-6);
  EXPECT_NEAR(seen.ready, ready, 1e-6);
  EXPECT_NEAR(seen.blocked, blocked, 1e-6);
}

TEST(Phases, AreExactWhereEveryRangeIsRead) {
  Record record{.tasks = 4, .ranges = 2, .sampled = 4, .weight = 4, .body = {300, 20, 30}};
  record.first = at(1100, 40, 50);
  record.last = at(1500, 360, 80);
  Sums sums;
  EXPECT_EQ(sums.add(record, at(1000, 0, 0), at(1700, 400, 80), 0), 160) << "blocked at the end";
  const Phases phases = sums.phases();
  expect(phases.start, 40, 50, 10);
  expect(phases.body, 300, 20, 30);
  expect(phases.between, 20, 10, 20);
  expect(phases.tail, 40, 0, 160);
  EXPECT_EQ(phases.sum(), 700);
}

TEST(Phases, OfAWorkerBornInTheBatchBeginWithItsBirth) {
  Record record{.tasks = 1, .ranges = 1, .sampled = 1, .weight = 1, .body = {100, 0, 0}};
  record.first = at(1000, 30, 70);
  record.last = at(1100, 130, 70);
  Sums sums;
  sums.add(record, {}, at(1110, 140, 70), 0);
  expect(sums.phases().start, 30, 70, 0);
  EXPECT_EQ(sums.phases().sum(), 30 + 70 + 100 + 10);
}

/// Ranges of 10 ns each with 2 ns between them; only some of the bodies were read, and the last of them lies in the
/// middle of the batch.
TEST(Phases, AreEstimatedFromTheRangesThatAreRead) {
  Record record{.tasks = 1000, .ranges = 400, .later = 600, .sampled = 10, .weight = 400, .body = {4000, 0, 0}};
  record.first = at(0, 0, 0);
  record.last = at(4800, 4800, 0);
  Sums sums;
  sums.add(record, at(0, 0, 0), at(13'000, 12'000, 0), 0);
  const Phases phases = sums.phases();
  expect(phases.body, 10'000, 0, 0);
  expect(phases.between, 2'000, 0, 0);
  expect(phases.tail, 0, 0, 1000);
  EXPECT_NEAR(sums.range(), 12, 1e-9);
}

TEST(Phases, NeverHaveMoreThanThereIs) {
  Record record{.tasks = 100, .ranges = 1, .later = 99, .sampled = 1, .weight = 1, .body = {500, 300, 0}};
  record.last = at(600, 500, 100);
  Sums sums;
  sums.add(record, at(0, 0, 0), at(1600, 700, 100), 0);
  const Phases phases = sums.phases();
  for (const StateTimes& phase : {phases.start, phases.body, phases.between, phases.tail}) {
    EXPECT_GE(phase.running, 0);
    EXPECT_GE(phase.ready, 0);
    EXPECT_GE(phase.blocked, 0);
  }
  EXPECT_EQ(phases.sum(), 1600);
}

/// A wait that has not ended when the batch does counts when it has: in the next one, before the first task.
TEST(Phases, PutAWaitWhereItWas) {
  Record record{.tasks = 1, .ranges = 1, .sampled = 1, .weight = 1, .body = {100, 0, 0}};
  record.last = at(100, 100, 0);
  Sums sums;
  const double pending = sums.add(record, at(0, 0, 0), at(400, 100, 0), 0);
  EXPECT_EQ(pending, 300);
  record.first = at(500, 100, 350);
  record.last = at(600, 200, 350);
  sums.add(record, at(410, 100, 0), at(600, 200, 350), pending);
  expect(sums.phases().tail, 0, 260, 40);
  expect(sums.phases().start, 0, 90, 0);
}

TEST(Sampling, TellsStatesInABody) {
  expect(sampling::of_body(at(1100, 1100, 0), 1000, 0), 1000, 0, 0);
  expect(sampling::of_body(at(1200, 1100, 0), 1000, 0), 1000, 0, 0);  // no switch is as short
  expect(sampling::of_body(at(101'100, 1100, 70'000), 101'000, 0), 1000, 70'000, 30'000);
  expect(sampling::of_body(at(51'100, 1100, 50'000), 1000, 50'000), 1000, 0, 0);  // the reading was held up
  expect(sampling::of_body(at(51'100, 1100, 0), 1000, 50'000), 1000, 0, 0);       // and waits are not known
}

TEST(Sampling, DrawsTheShareThatItShould) {
  EXPECT_EQ(sampling::draw_skip(1), 0U);
  double skipped = 0;
  for (int i = 0; i < 10'000; ++i) skipped += static_cast<double>(sampling::draw_skip(0.1));
  EXPECT_NEAR(skipped / 10'000, 9, 1) << "a tenth is drawn: nine go by";
  EXPECT_EQ(sampling::share_for(1e12), 1);
  EXPECT_LT(sampling::share_for(1000), 0.1);
}

}  // namespace
}  // namespace fanout::states
