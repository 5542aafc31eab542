// Cells that fail: a reason in place of a number.

#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <numeric>
#include <thread>

#include "system/affinity.hpp"
#include "system/cpu_time.hpp"
#include "tests/benchmarks/measure_fixture.hpp"

namespace fanout::testing {
namespace {

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

/// Loses a worker in its fifth batch, counted over all its lives, and does the work of later ones without workers.
class Survivor final : public Executor {
 public:
  explicit Survivor(const std::string& name) : workers_(start(name, 2)) {}
  void run(const Job& job) override {
    if (victim != 0) return job.run(0, job.tasks);
    workers_->run(job);
    if (++batches == 5) victim = kill_worker(*workers_);
  }
  std::vector<pid_t> processes() const override { return workers_->processes(); }
  void require_workers() override { workers_->require_workers(); }
  void close() override { workers_->close(); }

  static inline int batches = 0;
  static inline pid_t victim = 0;

 private:
  std::unique_ptr<Executor> workers_;
};

/// Nobody waits for it any more, and the law holds.
TEST_F(Measure, WorkerThatDiesUnmissedIsAFailure) {
  const WorkloadEntry squares{.name = "actor", .help = "", .build = [](const Values&, std::uint64_t) {
                                const auto nothing = [](std::size_t) {};
                                return std::make_unique<testing::Tasks<decltype(nothing)>>(10, nothing);
                              }};
  for (const std::string name : {"fork_pool", "fork_pipe"}) {
    const ExecutorEntry survivor{.name = "survivor",
                                 .help = "",
                                 .kind = ExecutorEntry::Kind::processes,
                                 .open = [&](const Origin&, const Options&) -> std::unique_ptr<Executor> {
                                   return std::make_unique<Survivor>(name);
                                 }};
    for (const bool cold : {false, true}) {
      SCOPED_TRACE(name + (cold ? " cold" : " warm"));
      Survivor::batches = Survivor::victim = 0;
      const auto json = outcome(squares, survivor, 2, cold);
      expect_failure(json, "run", name + ": process " + std::to_string(Survivor::victim) + " was killed by signal 9");
      EXPECT_EQ(json["failures"][0]["cause"], (nlohmann::json{{"signal", SIGKILL}, {"worker", Survivor::victim}}));
    }
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
}  // namespace fanout::testing
