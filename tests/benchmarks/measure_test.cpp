#include "benchmarks/measure.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>
#include <thread>

#include "system/affinity.hpp"
#include "system/cpu_time.hpp"
#include "tests/tiny.hpp"

namespace fanout {
namespace {

using ::testing::HasSubstr;

/// How the workload of the next cell behaves.
struct Behaviour {
  std::chrono::nanoseconds minimum{};
  std::uint64_t counted_per_task = 1;
  std::size_t throws_after = ~std::size_t{0};  ///< tasks
  bool lies_after_receipt = false;
  Workload::State state = Workload::State::none;
} behaviour;

class Actor final : public Workload {
 public:
  std::size_t tasks() const override { return 10; }
  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    for (std::size_t i = first; i < last; ++i) {
      const std::size_t count = done_++;
      if (count >= behaviour.throws_after) throw std::runtime_error("had enough");
      deliver(out[i - first], behaviour.lies_after_receipt && count >= tasks() ? i + 1 : i);
    }
  }
  std::vector<std::uint64_t> expected() const override { return {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}; }
  std::chrono::nanoseconds minimum_time(unsigned) const override { return behaviour.minimum; }
  State state() const override { return behaviour.state; }
  std::optional<std::uint64_t> completed() const override { return done_ * behaviour.counted_per_task; }

 private:
  mutable std::atomic<std::size_t> done_ = 0;
};

/// An executor that does so many batches in earnest, and then something else.
class Turncoat final : public Executor {
 public:
  explicit Turncoat(std::function<void()> turn) : turn_(std::move(turn)) {}
  void run(const Job& job) override {
    if (++batches_ > 5) return turn_();
    job.run(0, job.tasks);
  }

 private:
  std::function<void()> turn_;
  int batches_ = 0;
};

std::function<void()> turn;

/// Measures one cell of the actor; the JSON that comes of it.
class Measure : public ::testing::Test {
 protected:
  Measure() {
    behaviour = {};
    static char program[] = "fanout-tests";  // Google Benchmark keeps the pointer
    char repeated[] = "--benchmark_repetitions=3";
    char* arguments[] = {program, repeated, nullptr};
    int count = 2;
    benchmark::Initialize(&count, arguments);
  }

  nlohmann::json outcome(const ExecutorEntry& executor, unsigned workers = 1, bool cold = false) {
    const WorkloadEntry workload{
        .name = "actor",
        .help = "plays a part",
        .build = [](const Values&, std::uint64_t) -> std::unique_ptr<Workload> { return std::make_unique<Actor>(); }};
    return outcome(workload, executor, workers, cold);
  }

  nlohmann::json outcome(const WorkloadEntry& workload, const ExecutorEntry& executor, unsigned workers,
                         bool cold = false) {
    const Cell cell{&workload, Values(workload.name, {}, {}), &executor, executor.options(1, 1).values, workers, cold};
    Report report(nullptr, 10);
    measure(cell, measuring, report);
    return nlohmann::json::parse(
        report.finish(nlohmann::ordered_json::object(), nlohmann::ordered_json::array({cell.as_json()})));
  }

  Measuring measuring{.warmup = std::chrono::duration<double>(0), .min_time = std::chrono::milliseconds(10)};

  nlohmann::json outcome(const std::string& executor = "serial", unsigned workers = 1) {
    return outcome(testing::executor(executor), workers);
  }

  nlohmann::json outcome_of_turning(std::function<void()> into) {
    turn = std::move(into);
    return outcome(ExecutorEntry{
        .name = "turncoat", .help = "", .open = [](const Origin&, const Options&) -> std::unique_ptr<Executor> {
          return std::make_unique<Turncoat>(turn);
        }});
  }

  static void expect_failure(const nlohmann::json& json, const std::string& kind, const std::string& reason) {
    EXPECT_TRUE(json["benchmarks"].empty());
    ASSERT_EQ(json["failures"].size(), 1U);
    EXPECT_EQ(json["failures"][0]["kind"], kind);
    EXPECT_EQ(json["failures"][0]["name"].get<std::string>().substr(0, 6), "actor/");
    EXPECT_THAT(json["failures"][0]["reason"].get<std::string>(), HasSubstr(reason));
  }
};

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

TEST_F(Measure, FasterThanItsMinimumIsImpossible) {
  behaviour.minimum = std::chrono::seconds(1);
  expect_failure(outcome(), "impossible", "below the workload's minimum of 1 s: rejected");
}

TEST_F(Measure, IndependentCountMustAgree) {
  behaviour.counted_per_task = 2;
  expect_failure(outcome(), "receipt", "independent count: 20 completed tasks, expected 10");
}

TEST_F(Measure, TaskThatThrowsInTheReceipt) {
  behaviour.throws_after = 3;
  expect_failure(outcome(), "receipt", "had enough");
}

TEST_F(Measure, TaskThatThrowsInATimedBatch) {
  behaviour.throws_after = 1000;
  expect_failure(outcome(), "run", "had enough");
}

/// A receipt for the first batch is none for the last.
TEST_F(Measure, ExecutorThatStopsWorkingHasNoNumber) {
  expect_failure(outcome_of_turning([] {}), "run", "task 0 was not done exactly once in each of the first");
}

/// Under repetitions: the later ones must not end the process.
TEST_F(Measure, WhateverIsThrownInATimedBatchIsAFailure) {
  expect_failure(outcome_of_turning([] { throw std::runtime_error("broke down"); }), "run", "broke down");
  expect_failure(outcome_of_turning([] { throw std::runtime_error(""); }), "run", "without a message");
  expect_failure(outcome_of_turning([] { throw 42; }), "run", "no std::exception");  // NOLINT
}

TEST_F(Measure, TimedBatchesAreCheckedToo) {
  behaviour.lies_after_receipt = true;
  expect_failure(outcome(), "run", "task 0 was not done exactly once");
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

/// What the system refuses is a failure with its reason, under every executor, also those whose library would exit.
TEST_F(Measure, ThreadLimitIsAFailureNotAnEnd) {
  for (const ExecutorEntry& entry : Executors::all()) {
    if (!entry.missing.empty() || entry.kind == ExecutorEntry::Kind::serial) continue;
    SCOPED_TRACE(entry.name);
    const Shared<std::atomic<int>> failures;
    const pid_t child = fork();
    if (child == 0) {  // as a user of whom there is nothing else: the limit counts all of a user's, and spares root
      const rlimit limit{.rlim_cur = 3, .rlim_max = 3};
      if (setrlimit(RLIMIT_NPROC, &limit) != 0) _exit(10);
      if (getuid() == 0 && setresuid(54321, 54321, 54321) != 0) _exit(11);
      const auto json = outcome(entry.name, 64);
      const bool reported = json["failures"].size() == 1 && json["failures"][0]["kind"] == "threads" &&
                            json["failures"][0]["reason"].get<std::string>().find("Resource temporarily unavailable") !=
                                std::string::npos;
      if (!reported) std::cerr << json << std::endl;
      _exit(reported ? 0 : 12);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "status " << status;
  }
}

TEST_F(Measure, WantOfMemoryHasItsOwnKind) {
  expect_failure(outcome_of_turning([] { throw std::bad_alloc(); }), "memory", "bad_alloc");
}

TEST_F(Measure, RuntimeThatPlacesItsWorkersHasNoNumber) {
  const auto all = affinity();
  if (all.size() < 2) GTEST_SKIP() << "there is one CPU";
  std::jthread([&] {  // whose binding ends with it
    expect_failure(outcome(ExecutorEntry{.name = "placer",
                                         .help = "",
                                         .open = [](const Origin&, const Options&) -> std::unique_ptr<Executor> {
                                           cpu_set_t one;
                                           CPU_ZERO(&one);
                                           CPU_SET(affinity().front(), &one);
                                           sched_setaffinity(0, sizeof one, &one);
                                           return std::make_unique<Turncoat>([] {});
                                         }}),
                   "placement", "a worker may use 1 CPU of the");
  })
      .join();
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

/// An executor that runs one task in earnest, learns the weight by it, and adds what it knows of the others; but not
/// where it recognises the job of the receipt.
class Learned final : public Executor {
 public:
  void run(const Job& job) override {
    if (receipt_ == nullptr) receipt_ = job.context;
    if (job.context == receipt_) return job.run(0, job.tasks);
    const std::uint64_t before = job.digests[0];
    job.run(0, 1);
    const std::uint64_t weight = job.digests[0] - before;
    for (std::size_t i = 1; i < job.tasks; ++i) job.digests[i] += i + weight;
  }

 private:
  const void* receipt_ = nullptr;
};

/// CPU time tells what digests cannot.
TEST_F(Measure, CpuTimeBelowHalfOfWhatBodiesTakeIsImpossible) {
  struct Burner final : Workload {
    std::size_t tasks() const override { return 100; }
    void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
      for (std::size_t i = first; i < last; ++i) {
        for (const auto end = thread_cpu_time() + std::chrono::microseconds(20); thread_cpu_time() < end;) continue;
        deliver(out[i - first], i);
      }
    }
    std::vector<std::uint64_t> expected() const override {
      std::vector<std::uint64_t> digests(100);
      std::iota(digests.begin(), digests.end(), 0U);
      return digests;
    }
  };
  const WorkloadEntry burner{
      .name = "actor", .help = "burns", .build = [](const Values&, std::uint64_t) { return make_workload<Burner>(); }};
  const ExecutorEntry learned{
      .name = "learned", .help = "", .open = [](const Origin&, const Options&) { return std::make_unique<Learned>(); }};
  EXPECT_TRUE(outcome(burner, testing::executor("serial"), 1)["failures"].empty());
  expect_failure(outcome(burner, learned, 1), "impossible", "below half of the");
}

/// Observers publish what they have seen, and no time.
TEST_F(Measure, ObserverPublishesEvidenceInPlaceOfTimes) {
  measuring.observer = Observers::find("workers");
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
    EXPECT_EQ(evidence["observer"], "workers");
    EXPECT_EQ(evidence["version"], 1);
    EXPECT_EQ(evidence["cell"], json["cells"][0]["name"]);
    std::uint64_t tasks = evidence["tasks_of_others"].get<std::uint64_t>();
    for (const auto& worker : evidence["workers"]) tasks += worker["tasks"].get<std::uint64_t>();
    EXPECT_EQ(tasks, evidence["batches"].get<std::uint64_t>() * 10);
  }
}

/// A cold life that ends badly is a failure as a warm one is.
TEST_F(Measure, ColdTaskThatThrows) {
  behaviour.throws_after = 15;  // in the second batch, of ten tasks each
  expect_failure(outcome(testing::executor("std_thread"), 2, true), "run", "had enough");
}

TEST_F(Measure, StateOfOneProcessIsNotForWorkersThatAreProcesses) {
  behaviour.state = Workload::State::process;
  EXPECT_TRUE(outcome("std_thread")["failures"].empty());
  expect_failure(outcome("fork_pool"), "unavailable",
                 "in the memory of one process, and the memory of these workers is");
}

TEST_F(Measure, WorkloadWithoutItsLibraryIsUnavailable) {
  const WorkloadEntry absent{
      .name = "absent", .help = "", .build = [](const Values&, std::uint64_t) -> std::unique_ptr<Workload> {
        throw Unavailable("install libabsent-dev");
      }};
  const auto json = outcome(absent, testing::executor("serial"), 1);
  ASSERT_EQ(json["failures"].size(), 1U);
  EXPECT_EQ(json["failures"][0]["kind"], "unavailable");
  EXPECT_EQ(json["failures"][0]["reason"], "install libabsent-dev");
}

TEST_F(Measure, MissingLibraryIsAFailureWithItsReason) {
  const ExecutorEntry absent{.name = "absent", .help = "", .missing = "install libabsent-dev"};
  const WorkloadEntry& workload = Workloads::all().front();
  Report report(nullptr, 10);
  measure({&workload, testing::tiny(workload, 1).front(), &absent, {}, 2}, {}, report);
  ASSERT_EQ(report.failures().size(), 1U);
  EXPECT_EQ(report.failures()[0].kind, "unavailable");
  EXPECT_EQ(report.failures()[0].reason, "install libabsent-dev");
}

}  // namespace
}  // namespace fanout
