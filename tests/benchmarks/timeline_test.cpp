// What the timeline keeps of a recording.

#include <sys/wait.h>

#include <latch>
#include <nlohmann/json.hpp>
#include <numeric>
#include <thread>

#include "benchmarks/observers/timeline/history.hpp"
#include "benchmarks/observers/timeline/trace.hpp"
#include "tests/tiny.hpp"

namespace fanout::timeline {
namespace {

using std::chrono::milliseconds;

/// A recording of batches of `tasks` tasks, which call a function.
class TimelineOf : public ::testing::Test {
 protected:
  static constexpr std::size_t kTasks = 10;
  using Body = std::function<void(std::size_t)>;

  void run(std::size_t first, std::size_t last) {
    std::vector<std::uint64_t> digests(last - first);
    recording.run(first, last, digests);
  }
  History history() {
    recording.close();
    scale.close();
    return read(recording, scale, kTasks);
  }

  Body body = [](std::size_t) {};
  testing::Tasks<Body> tasks{kTasks, [this](std::size_t task) { body(task); }};
  Recording recording{tasks, 1};
  TickScale scale = (recording.open(), TickScale());
};

std::uint64_t tasks_in(const Track& track) {
  return std::accumulate(track.slices.begin(), track.slices.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Slice& slice) { return sum + slice.tasks; });
}

TEST_F(TimelineOf, CallsInTheirOrder) {
  body = [](std::size_t task) { std::this_thread::sleep_for(milliseconds(task == 0 ? 5 : 0)); };
  run(0, 4);
  run(4, 4);  // nothing
  run(4, 10);
  run(0, 10);
  const History seen = history();
  ASSERT_EQ(seen.tracks.size(), 1U);
  const Track& track = seen.tracks[0];
  ASSERT_EQ(track.slices.size(), 3U);
  EXPECT_EQ(track.owner.process, getpid());
  EXPECT_EQ(track.tasks, 20U);
  EXPECT_EQ(track.dropped, 0U);
  EXPECT_EQ(track.slices[1].first, 4U);
  EXPECT_EQ(track.slices[1].tasks, 6U);
  EXPECT_GE(track.slices[0].end - track.slices[0].begin, 5'000'000);
  EXPECT_GE(track.busy, 0.010);
  EXPECT_LE(track.slices[0].end, track.slices[1].begin);
  EXPECT_EQ(seen.batches, (std::vector{track.slices[0].begin, track.slices[2].begin}));
}

/// Whole batches, of which the oldest are gone.
TEST_F(TimelineOf, KeepsTheLastBatchesThatFit) {
  constexpr std::uint64_t kBatches = 40'000;
  for (std::uint64_t batch = 0; batch < kBatches; ++batch) {
    for (std::size_t task = 0; task < kTasks; ++task) run(task, task + 1);
  }
  const Track track = history().tracks.at(0);
  EXPECT_EQ(track.slices.size() % kTasks, 0U);
  EXPECT_GT(track.slices.size(), 10'000U);
  EXPECT_LT(track.slices.size(), kBatches * kTasks);
  EXPECT_EQ(track.slices.size() + track.dropped, kBatches * kTasks);
  EXPECT_EQ(track.slices.front().first, 0U);
  EXPECT_EQ(track.slices.back().first, kTasks - 1);
  EXPECT_EQ(track.tasks, kBatches * kTasks) << "dropped ones count";
}

TEST_F(TimelineOf, ForgetsWhatWasBeforeItOpened) {
  run(0, 10);
  recording.open();
  run(0, 10);
  recording.close();
  run(0, 10);
  EXPECT_EQ(history().tracks.at(0).slices.size(), 1U);
}

/// A child has its parent thread's memory, and is another worker nevertheless.
TEST_F(TimelineOf, TellsAForkedWorkerFromItsParent) {
  run(0, 5);
  const pid_t child = fork();
  if (child == 0) {
    run(5, 10);
    _exit(0);
  }
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  const History seen = history();
  ASSERT_EQ(seen.tracks.size(), 2U);
  for (const Track& track : seen.tracks) {
    EXPECT_EQ(track.owner.process, track.slices.at(0).first == 5 ? child : getpid());
    EXPECT_EQ(track.tasks, 5U);
  }
  EXPECT_EQ(seen.batches.size(), 1U);
}

/// A thread a task: the next one takes the place of one that has ended.
TEST_F(TimelineOf, GivesThePlacesOfTheDeadToOthers) {
  for (std::size_t task = 0; task < 50; ++task) std::thread([&] { run(task % kTasks, task % kTasks + 1); }).join();
  const History seen = history();
  std::uint64_t threads = 0;
  for (const Track& track : seen.tracks) threads += track.threads;
  EXPECT_EQ(threads, 50U);
  EXPECT_LT(seen.tracks.size(), 9U);
  EXPECT_EQ(seen.missed, 0U);
  EXPECT_EQ(seen.batches.size(), 5U);
}

TEST_F(TimelineOf, CountsThreadsThatFindNoPlace) {
  const auto threads = static_cast<std::ptrdiff_t>(recording.lanes() + 3);
  std::latch all(threads);
  {
    std::vector<std::jthread> workers;
    for (std::ptrdiff_t i = 0; i < threads; ++i) {
      workers.emplace_back([&] {
        run(0, 1);
        all.arrive_and_wait();
      });
    }
  }
  const History seen = history();
  EXPECT_EQ(seen.missed, 3U);
  EXPECT_EQ(seen.tracks.size(), recording.lanes());
  EXPECT_TRUE(seen.batches.empty()) << "nobody knows where one begins";
}

/// A worker that waits has no CPU meanwhile; what the kernel saw is known at its next call.
TEST_F(TimelineOf, KnowsWhenAWorkerWasBlocked) {
  body = [](std::size_t task) { std::this_thread::sleep_for(milliseconds(task == 0 ? 20 : 0)); };
  run(0, 5);
  run(5, 10);
  const Track track = history().tracks.at(0);
  if (track.error != 0) GTEST_SKIP() << "no context switches here: " << strerrorname_np(track.error);
  EXPECT_GE(track.blocked, 0.018);
  EXPECT_LE(track.blocked + track.ready, track.watched);
  const auto slept = [&](const Absence& absence) {
    return absence.why == ContextSwitch::Kind::blocked && absence.end - absence.begin >= 18'000'000 &&
           absence.begin >= track.slices[0].begin && absence.end <= track.slices[0].end;
  };
  EXPECT_EQ(std::ranges::count_if(track.absences, slept), 1);
}

TEST_F(TimelineOf, IsDrawnInFewSlices) {
  for (std::size_t batch = 0; batch < 100; ++batch) {
    for (std::size_t task = 0; task < kTasks; ++task) run(task, task + 1);
  }
  const History all = history();
  const History three = excerpt(all, 3, 1000);
  EXPECT_EQ(three.batches.size(), 3U);
  EXPECT_EQ(three.tracks[0].slices.size(), 3 * kTasks);
  EXPECT_EQ(excerpt(all, 3, 25).batches.size(), 2U) << "as many as there is room for";
  const History joined = excerpt(all, 3, 4);
  EXPECT_EQ(joined.batches.size(), 1U) << "one at least";
  EXPECT_EQ(joined.tracks[0].slices.size(), 4U);
  EXPECT_EQ(tasks_in(joined.tracks[0]), kTasks);
}

TEST(Trace, HasNumbersOfAnyLength) {
  constexpr std::uint64_t kFirst = UINT64_MAX - 7;
  constexpr std::int64_t kBegin = 9'000'000'000'000'000'005;
  const Track track{.owner = {.process = INT32_MAX, .thread = INT32_MAX},
                    .slices = {{kBegin, kBegin + 1'002, kFirst, 3}},
                    .absences = {}};
  const auto events = nlohmann::json::parse(trace({.tracks = {track}, .batches = {kBegin}}))["traceEvents"];
  const auto& slice = events.back();
  EXPECT_EQ(slice["name"], "tasks 18446744073709551608..18446744073709551610");
  EXPECT_EQ(slice["args"]["first"], kFirst);
  EXPECT_EQ(slice["ts"], 9'000'000'000'000'000.005);
  EXPECT_EQ(slice["dur"], 1.002);
  EXPECT_EQ(slice["pid"], INT32_MAX);
}

TEST(TickScale, AgreesWithTheSteadyClock) {
  TickScale scale;
  const auto before = std::chrono::steady_clock::now().time_since_epoch().count();
  const std::uint64_t middle = ticks();
  const auto after = std::chrono::steady_clock::now().time_since_epoch().count();
  std::this_thread::sleep_for(milliseconds(20));
  scale.close();
  EXPECT_GE(scale.ns(middle), before - 20'000);
  EXPECT_LE(scale.ns(middle), after + 20'000);
}

}  // namespace
}  // namespace fanout::timeline
