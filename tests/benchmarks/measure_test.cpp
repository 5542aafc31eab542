// What a measured cell publishes.

#include <ctime>
#include <thread>

#include "tests/benchmarks/measure_fixture.hpp"

namespace fanout::testing {
namespace {

TEST_F(Measure, GoodCellHasANumber) {
  const auto json = outcome();
  EXPECT_TRUE(json["failures"].empty());
  ASSERT_EQ(json["benchmarks"].size(), 3U + 4U);  // repetitions and aggregates
  const auto& entry = json["benchmarks"][0];
  EXPECT_EQ(entry["name"], "actor/serial/workers:1");
  EXPECT_EQ(entry["tasks"], 10);
  EXPECT_EQ(entry["threads"], 1);
  EXPECT_GT(entry["real_time"], 0);
  EXPECT_GT(entry["open_time"], 0);
}

/// CPU time spent by worker processes is in cpu_time, which Google Benchmark's own clock would miss.
TEST_F(Measure, CpuTimeOfChildrenCounts) {
  for (const std::string executor : {"fork_each", "fork_pool"}) {
    const WorkloadEntry burner{.name = "burner",
                               .help = "uses 2 ms of CPU a task",
                               .build = [](const Values&, std::uint64_t) -> std::unique_ptr<Workload> {
                                 const auto burn = [](std::size_t) {
                                   for (const std::clock_t end = std::clock() + CLOCKS_PER_SEC / 500;
                                        std::clock() < end;) {
                                   }
                                 };
                                 return std::make_unique<testing::Tasks<decltype(burn)>>(8, burn);
                               }};
    const auto json = outcome(burner, testing::executor(executor), 2);
    ASSERT_FALSE(json["benchmarks"].empty()) << json;
    EXPECT_GT(json["benchmarks"][0]["cpu_time"], 8 * 2000 * 0.9) << executor;  // us
  }
}

/// What an earlier process searched for is taken where it lasts long enough, under the same name.
TEST_F(Measure, GivenIterationsAreTakenIfTheyLastLongEnough) {
  measuring.iterations = 3;
  measuring.min_time = std::chrono::nanoseconds(1);
  const auto given = outcome();
  EXPECT_EQ(given["benchmarks"][0]["iterations"], 3);
  EXPECT_EQ(given["benchmarks"][0]["name"], "actor/serial/workers:1");
  measuring.min_time = std::chrono::milliseconds(10);
  const auto searched = outcome();
  ASSERT_EQ(searched["benchmarks"].size(), 3U + 4U);
  const auto& entry = searched["benchmarks"][0];
  EXPECT_GT(entry["iterations"], 3);
  EXPECT_GT(entry["enough_iterations"], 3) << "for the next process";
}

/// A batch that the receipt counts warms the machine as others do.
TEST_F(Measure, TheReceiptsBatchIsPartOfTheWarmUp) {
  measuring.warmup = std::chrono::milliseconds(5);
  measuring.iterations = 1;
  measuring.min_time = std::chrono::milliseconds(1);
  int batches = 0;
  const WorkloadEntry slow{.name = "actor", .help = "", .waits = true, .build = [&](const Values&, std::uint64_t) {
                             const auto sleep = [&](std::size_t) {
                               ++batches;
                               std::this_thread::sleep_for(std::chrono::milliseconds(10));
                             };
                             return std::unique_ptr<Workload>(new testing::Tasks<decltype(sleep)>(1, sleep));
                           }};
  ASSERT_TRUE(outcome(slow, testing::executor("serial"), 1)["failures"].empty());
  EXPECT_EQ(batches, 1 + 3 + 1) << "counted, timed, and counted again";
}

TEST_F(Measure, ColdCellTellsItsStagesApart) {
  const auto json = outcome(testing::executor("std_thread"), 1, true);
  ASSERT_TRUE(json["failures"].empty()) << json;
  const auto& entry = json["benchmarks"][0];
  EXPECT_EQ(entry["name"], "actor/std_thread/workers:1/lifecycle:cold");
  for (const char* stage : {"open_time", "run_time", "close_time"}) EXPECT_GT(entry[stage], 0) << stage;
}

/// What is not the executor's is not in the clock: the probe for threads runs once, before any batch, however many
/// lives follow; a cold batch is open, run and close, and nothing else.
TEST_F(Measure, ProbesBeforeTheClockAndNeverInIt) {
  struct Life final : Executor {
    explicit Life(std::vector<std::string>& log) : log_(log) { log_.emplace_back("open"); }
    ~Life() override { log_.emplace_back("close"); }
    void run(const Job& job) override {
      log_.emplace_back("run");
      job.run(0, job.tasks);
    }
    std::vector<std::string>& log_;
  };
  std::vector<std::string> log;
  const ExecutorEntry entry{
      .name = "life", .help = "", .open = [&log](const Origin&, const Options&) -> std::unique_ptr<Executor> {
        return std::make_unique<Life>(log);
      }};
  measuring.probe_threads = [&log](unsigned workers) { log.push_back("probe for " + std::to_string(workers)); };
  for (const bool cold : {true, false}) {
    log.clear();
    ASSERT_TRUE(outcome(entry, 1, cold)["failures"].empty());
    ASSERT_GT(log.size(), 10U);
    EXPECT_EQ(log[0], "probe for 1");
    EXPECT_EQ(std::ranges::count(log, log[0]), 1);
    const auto opened = std::ranges::count(log, "open");
    EXPECT_EQ(opened, cold ? std::ranges::count(log, "run") : 1);
    EXPECT_EQ(opened, std::ranges::count(log, "close"));
    if (!cold) continue;
    for (std::size_t i = 1; i < log.size(); i += 3)
      EXPECT_EQ(log[i] + log[i + 1] + log[i + 2], "openrunclose") << "at " << i;
  }
}

/// Observers publish what they have seen, and no time.
TEST_F(Measure, ObserverPublishesEvidenceInPlaceOfTimes) {
  measuring.observer = Observers::find("states");
  ASSERT_NE(measuring.observer, nullptr);
  const WorkloadEntry squares{.name = "actor", .help = "", .build = [](const Values&, std::uint64_t) {
                                const auto nothing = [](std::size_t) {};
                                return std::make_unique<testing::Tasks<decltype(nothing)>>(10, nothing);
                              }};
  for (const std::string executor : {"pool", "fork_pool"}) {
    const auto json = outcome(squares, testing::executor(executor), 2);
    ASSERT_TRUE(json["failures"].empty()) << json;
    EXPECT_TRUE(json["benchmarks"].empty());
    ASSERT_EQ(json["evidence"].size(), 1U);
    const auto& evidence = json["evidence"][0];
    EXPECT_EQ(evidence["observer"], "states");
    EXPECT_EQ(evidence["version"], 1);
    EXPECT_EQ(evidence["cell"], json["cells"][0]["name"]);
    EXPECT_EQ(evidence["tasks"], evidence["batches"].get<std::uint64_t>() * 10);
  }
}

}  // namespace
}  // namespace fanout::testing
