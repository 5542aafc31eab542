// The line of the workload pipeline: which step is next, how much fits between stages, and what it says of its time.

#include <thread>

#include "executors/support/child.hpp"
#include "tests/workloads/batches.hpp"
#include "workloads/pipeline/line.hpp"

namespace fanout {
namespace {

using testing::complaint;

/// "compress 3": the stage and the item of the step.
std::string name_of(const Step& step) {
  return std::string(kStageNames[static_cast<std::size_t>(step.stage)]) + " " + std::to_string(step.item);
}

/// So many steps, one after the other.
std::string run_alone(Line& line, int steps) {
  std::string said;
  for (int i = 0; i < steps; ++i) {
    const Step step = line.begin();
    said += (said.empty() ? "" : ", ") + name_of(step);
    line.end(step);
  }
  return said;
}

TEST(PipelineLine, OneWorkerTakesEachItemToItsEnd) {
  for (const bool ordered : {true, false}) {
    Line line({.items = 2, .ordered = ordered});
    EXPECT_EQ(run_alone(line, 8), "read 0, parse 0, compress 0, write 0, read 1, parse 1, compress 1, write 1");
    EXPECT_EQ(line.inside(), 0U);
  }
}

/// Steps are begun and not ended: each begins what is furthest on of what has come so far.
TEST(PipelineLine, TakesWhatIsFurthestOn) {
  Line line({.items = 9, .capacity = 2});
  const Step first = line.begin();
  const Step second = line.begin();
  EXPECT_EQ(name_of(first) + ", " + name_of(second), "read 0, read 1");
  line.end(first);
  EXPECT_EQ(name_of(line.begin()), "parse 0");
  line.end(second);
  EXPECT_EQ(name_of(line.begin()), "parse 1");
  EXPECT_EQ(name_of(line.begin()), "read 2");
}

/// An item that is read has its room in the queue from its begin on.
TEST(PipelineLine, HoldsAStageUpWhereThereIsNoRoomBehindIt) {
  Line line({.items = 9, .capacity = 1, .places = {9, 1, 9, 9}});
  const Step read = line.begin();
  std::atomic<bool> began = false;
  Step parse;
  std::jthread other([&] {
    parse = line.begin();
    began = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_FALSE(began) << name_of(parse);
  line.end(read);
  other.join();
  EXPECT_EQ(name_of(parse), "parse 0");
  EXPECT_EQ(name_of(line.begin()), "read 1");
  EXPECT_GE(line.waited(), 0.04);
  EXPECT_GE(line.times(Stage::parse).input, 0.04);
}

/// Items 0 and 1 are parsed at once, and 1 is through first.
TEST(PipelineLine, KeepsTheOrderWhereItIsAskedTo) {
  for (const bool ordered : {true, false}) {
    Line line({.items = 3, .capacity = 3, .ordered = ordered, .places = {2, 2, 2, 2}});
    const std::array reads{line.begin(), line.begin()};
    for (const Step& step : reads) line.end(step);
    const std::array parses{line.begin(), line.begin()};
    line.end(parses[1]);
    EXPECT_EQ(name_of(line.begin()), ordered ? "read 2" : "compress 1");
  }
}

TEST(PipelineLine, HasAsManyInAStageAsThereArePlaces) {
  Line line({.items = 9, .capacity = 8, .places = {9, 9, 1, 9}});
  std::array<Step, 2> steps{line.begin(), line.begin()};
  for (int stage = 0; stage < 2; ++stage) {
    for (const Step& step : steps) line.end(step);
    for (Step& step : steps) step = line.begin();
  }
  EXPECT_EQ(name_of(steps[0]) + ", " + name_of(steps[1]), "compress 0, read 2");
  line.end(steps[0]);
  EXPECT_EQ(name_of(line.begin()), "write 0");
  EXPECT_EQ(name_of(line.begin()), "compress 1");
  EXPECT_GT(line.times(Stage::compress).full, 0);
}

/// A step too many finds an item of the next batch, so that whoever counts wrong does not wait for ever.
TEST(PipelineLine, AStepTooManyBeginsTheNextBatch) {
  Line line({.items = 1, .capacity = 1});
  EXPECT_EQ(run_alone(line, 4), "read 0, parse 0, compress 0, write 0");
  const double lasted = line.lasted();
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  EXPECT_EQ(run_alone(line, 1), "read 1");
  EXPECT_EQ(line.inside(), 1U);
  EXPECT_LT(line.lasted(), lasted + 0.4) << "the time between batches is nobody's";
}

/// Who waits is woken up, in other processes too, and whoever comes later is told.
TEST(PipelineLine, FailureReachesEverybody) {
  Line line({.items = 9, .capacity = 1, .places = {1, 1, 1, 1}});
  (void)line.begin();
  std::vector<Child> waiting;
  for (int i = 0; i < 3; ++i)
    waiting.emplace_back([&line] {
      if (complaint([&line] { (void)line.begin(); }) != "broken") _exit(1);
    });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  line.fail("broken");
  line.fail("and again");
  for (Child& child : waiting) EXPECT_EQ(child.reap(), std::nullopt);
  EXPECT_EQ(complaint([&line] { (void)line.begin(); }), "broken");
}

/// Every time is in one state, or busy, of each stage.
TEST(PipelineLine, TimesAddUp) {
  Line line({.items = 50, .capacity = 2, .places = {9, 9, 1, 9}});
  {
    std::vector<std::jthread> workers;
    for (int worker = 0; worker < 4; ++worker) {
      workers.emplace_back([&line] {
        for (int i = 0; i < 50; ++i) {
          const Step step = line.begin();
          if (step.stage == Stage::compress) std::this_thread::sleep_for(std::chrono::milliseconds(1));
          line.end(step);
        }
      });
    }
  }
  for (const Stage stage : {Stage::read, Stage::parse, Stage::compress, Stage::write}) {
    const StageTimes& times = line.times(stage);
    EXPECT_NEAR(times.busy + times.input + times.held + times.ready, line.lasted(), 1e-6 * line.lasted());
  }
  EXPECT_GE(line.times(Stage::compress).busy, 0.05);
  EXPECT_GE(line.times(Stage::compress).full, 0.02);
  EXPECT_GE(line.times(Stage::parse).held, 0.02);
  EXPECT_GE(line.times(Stage::write).input, 0.02);
  EXPECT_EQ(line.times(Stage::write).held, 0);
}

}  // namespace
}  // namespace fanout
