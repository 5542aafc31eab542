#include "benchmarks/measure.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

#include "system/affinity.hpp"
#include "tests/tiny.hpp"

namespace fanout {
namespace {

using ::testing::HasSubstr;

/// How the workload of the next cell behaves.
struct Behaviour {
  std::chrono::nanoseconds floor{};
  std::uint64_t witnessed_per_task = 1;
  std::size_t throws_after = ~std::size_t{0};  ///< tasks
  bool lies_after_receipt = false;
  Workload::State state = Workload::State::none;
} behaviour;

class Actor final : public Workload {
 public:
  std::size_t tasks() const override { return 10; }
  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> digests) const override {
    for (std::size_t i = first; i < last; ++i) {
      const std::size_t count = done_++;
      if (count >= behaviour.throws_after) throw std::runtime_error("had enough");
      digests[i] = behaviour.lies_after_receipt && count >= tasks() ? i + 1 : i;
    }
  }
  std::vector<std::uint64_t> expected() const override { return {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}; }
  std::chrono::nanoseconds floor(unsigned) const override { return behaviour.floor; }
  State state() const override { return behaviour.state; }
  std::optional<std::uint64_t> witnessed() const override { return done_ * behaviour.witnessed_per_task; }

 private:
  mutable std::atomic<std::size_t> done_ = 0;
};

/// An executor that does so many batches in earnest, and then something else.
class Turncoat final : public Executor {
 public:
  explicit Turncoat(std::function<void()> turn) : turn_(std::move(turn)) {}
  void run(const Job& job) override {
    if (++batches_ > 5) return turn_();
    job.workload->run(0, job.workload->tasks(), job.digests);
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
    const Cell cell{&workload, Values("actor", {}, {}), &executor, workers, 0, cold};
    Report report(nullptr, 10);
    measure(cell, {.warmup = std::chrono::duration<double>(0), .min_time = std::chrono::milliseconds(10)}, report);
    return nlohmann::json::parse(report.finish(nlohmann::ordered_json::object()));
  }

  nlohmann::json outcome(const std::string& executor = "serial", unsigned workers = 1) {
    return outcome(testing::executor(executor), workers);
  }

  nlohmann::json outcome_of_turning(std::function<void()> into) {
    turn = std::move(into);
    return outcome(
        ExecutorEntry{.name = "turncoat", .help = "", .open = [](const Options&) -> std::unique_ptr<Executor> {
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

TEST_F(Measure, FasterThanItsFloorIsImpossible) {
  behaviour.floor = std::chrono::seconds(1);
  expect_failure(outcome(), "impossible", "less than the 1 s");
}

TEST_F(Measure, WitnessMustAgree) {
  behaviour.witnessed_per_task = 2;
  expect_failure(outcome(), "receipt", "saw 20 tasks done, not 10");
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
  expect_failure(outcome_of_turning([] {}), "run", "in the batch after the timed ones");
}

/// Under repetitions: the later ones must not end the process.
TEST_F(Measure, WhateverIsThrownInATimedBatchIsAFailure) {
  expect_failure(outcome_of_turning([] { throw std::runtime_error("broke down"); }), "run", "broke down");
  expect_failure(outcome_of_turning([] { throw std::runtime_error(""); }), "run", "without a message");
  expect_failure(outcome_of_turning([] { throw 42; }), "run", "no std::exception");  // NOLINT
}

TEST_F(Measure, TimedBatchesAreCheckedToo) {
  behaviour.lies_after_receipt = true;
  expect_failure(outcome(), "run", "in the batch after the timed ones: task 0 gave the digest 1, not 0");
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
    const Cell cell{&burner, Values("burner", {}, {}), &testing::executor(executor), 2};
    Report report(nullptr, 10);
    measure(cell, {.warmup = std::chrono::duration<double>(0), .min_time = std::chrono::milliseconds(10)}, report);
    const auto json = nlohmann::json::parse(report.finish(nlohmann::ordered_json::object()));
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
                                         .open = [](const Options&) -> std::unique_ptr<Executor> {
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
  EXPECT_GT(entry["run_time"], 0);
  const double stages =
      entry["open_time"].get<double>() + entry["run_time"].get<double>() + entry["close_time"].get<double>();
  const double real = entry["real_time"].get<double>() / 1e9;
  EXPECT_GT(stages, real / 20) << "a mean of other batches, too, but no sum";
  EXPECT_LT(stages, real * 20);
}

/// A cold life that ends badly is a failure as a warm one is.
TEST_F(Measure, ColdTaskThatThrows) {
  behaviour.throws_after = 15;  // in the second batch, of ten tasks each
  expect_failure(outcome(testing::executor("std_thread"), 2, true), "run", "had enough");
}

TEST_F(Measure, StateOfOneProcessIsNotForWorkersThatAreProcesses) {
  behaviour.state = Workload::State::process;
  EXPECT_TRUE(outcome("std_thread")["failures"].empty());
  expect_failure(outcome("fork_pool"), "unavailable", "lies in the memory of one process");
}

TEST_F(Measure, WorkloadWithoutItsLibraryIsUnavailable) {
  const WorkloadEntry absent{
      .name = "absent", .help = "", .build = [](const Values&, std::uint64_t) -> std::unique_ptr<Workload> {
        throw Unavailable("install libabsent-dev");
      }};
  Report report(nullptr, 10);
  measure({&absent, Values("absent", {}, {}), &testing::executor("serial"), 1}, {}, report);
  ASSERT_EQ(report.failures().size(), 1U);
  EXPECT_EQ(report.failures()[0].kind, "unavailable");
  EXPECT_EQ(report.failures()[0].reason, "install libabsent-dev");
}

TEST_F(Measure, MissingLibraryIsAFailureWithItsReason) {
  const ExecutorEntry absent{.name = "absent", .help = "", .missing = "install libabsent-dev"};
  const WorkloadEntry& workload = Workloads::all().front();
  Report report(nullptr, 10);
  measure({&workload, testing::tiny(workload, 1).front(), &absent, 2}, {}, report);
  ASSERT_EQ(report.failures().size(), 1U);
  EXPECT_EQ(report.failures()[0].kind, "unavailable");
  EXPECT_EQ(report.failures()[0].reason, "install libabsent-dev");
}

}  // namespace
}  // namespace fanout
