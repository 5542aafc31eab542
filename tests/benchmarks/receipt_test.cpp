#include "benchmarks/receipt.hpp"

#include <sched.h>

#include <ctime>
#include <functional>
#include <thread>

#include "tests/tiny.hpp"
#include "workloads/async_workload.hpp"

namespace fanout {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;
using testing::Tasks;

/// An executor that is wrong on purpose: its workers, and the ranges that each of them runs.
class Wrong final : public Executor {
 public:
  using Ranges = std::vector<std::pair<std::size_t, std::size_t>>;
  explicit Wrong(std::vector<Ranges> workers) : workers_(std::move(workers)) {}

  void run(const Job& job) override {
    std::vector<std::jthread> threads;
    for (const Ranges& ranges : workers_) {
      threads.emplace_back([&job, &ranges] {
        for (const auto& [first, last] : ranges) job.run(first, last);
      });
    }
  }

 private:
  std::vector<Ranges> workers_;
};

/// What a receipt for these options says of an executor.
std::optional<std::string> check(Workload& workload, Executor& executor, const Options& options = {.workers = 2}) {
  Ledger ledger(workload);
  return Receipt(workload, options, ExecutorEntry::Kind::threads, std::chrono::milliseconds(300))
      .check(executor, ledger);
}

class ReceiptOf : public ::testing::Test {
 protected:
  std::optional<std::string> check(std::vector<Wrong::Ranges> workers) {
    Wrong executor(std::move(workers));
    return fanout::check(workload, executor);
  }

  Tasks<void (*)(std::size_t)> workload{10, [](std::size_t) {}};
};

TEST_F(ReceiptOf, TwoWorkersThatShareTheTasksIsGood) { EXPECT_EQ(check({{{0, 4}}, {{4, 9}, {9, 10}}}), std::nullopt); }

TEST_F(ReceiptOf, DoingNothingIsRejected) { EXPECT_THAT(check({}), Optional(HasSubstr("task 0 never ran"))); }

TEST_F(ReceiptOf, SkippingTheLastTaskIsRejected) {
  EXPECT_THAT(check({{{0, 4}}, {{4, 9}}}), Optional(HasSubstr("task 9 never ran")));
}

TEST_F(ReceiptOf, RunningATaskTwiceIsRejected) {
  EXPECT_THAT(check({{{0, 5}, {4, 5}}, {{5, 10}}}), Optional(HasSubstr("task 4 ran 2 times")));
}

TEST_F(ReceiptOf, TooFewWorkersAreRejected) {
  EXPECT_THAT(check({{{0, 4}, {4, 10}}}), Optional(HasSubstr("1 workers ran at the same time, not 2")));
}

/// The third worker comes while the first two sleep in their tasks.
TEST_F(ReceiptOf, TooManyWorkersAreRejected) {
  Tasks slow(3, [](std::size_t) { std::this_thread::sleep_for(std::chrono::milliseconds(500)); });
  Wrong executor({{{0, 1}}, {{1, 2}}, {{2, 3}}});
  EXPECT_THAT(fanout::check(slow, executor), Optional(HasSubstr("3 workers ran at the same time, not 2")));
}

/// Tasks that deliver what a function of their index says, and expect the index.
class Delivers final : public Workload {
 public:
  explicit Delivers(std::function<std::optional<std::uint64_t>(std::size_t)> result) : result_(std::move(result)) {}
  std::size_t tasks() const override { return 4; }
  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    for (std::size_t i = first; i < last; ++i) {
      if (const auto result = result_(i)) deliver(out[i - first], *result);
    }
  }
  std::vector<std::uint64_t> expected() const override { return {0, 1, 2, 3}; }

 private:
  std::function<std::optional<std::uint64_t>(std::size_t)> result_;
};

TEST_F(ReceiptOf, AWrongDigestIsRejected) {
  Delivers liar([](std::size_t i) { return i == 2 ? 99 : i; });
  Wrong executor({{{0, 2}}, {{2, 4}}});
  EXPECT_THAT(fanout::check(liar, executor), Optional(HasSubstr("task 2 was not done exactly once")));
}

/// A task that runs but leaves no digest does not pass, even where nothing is what it expects.
TEST_F(ReceiptOf, AMissingDigestIsRejected) {
  Delivers mute([](std::size_t i) { return i == 0 ? std::nullopt : std::optional<std::uint64_t>(i); });
  Wrong executor({{{0, 2}}, {{2, 4}}});
  EXPECT_THAT(fanout::check(mute, executor), Optional(HasSubstr("task 0 was not done exactly once")));
}

/// Threads of this process where processes were asked for, and the other way round.
TEST_F(ReceiptOf, WorkersOfAnotherKindAreRejected) {
  const auto checked = [this](const std::string& name, ExecutorEntry::Kind kind) {
    Ledger ledger(workload);
    Receipt receipt(workload, testing::executor(name).options(2, 2), kind, std::chrono::milliseconds(300));
    return receipt.check(*testing::start(name, 2), ledger);
  };
  EXPECT_THAT(checked("pool", ExecutorEntry::Kind::processes),
              Optional(HasSubstr("ran in the process that called run()")));
  EXPECT_THAT(checked("fork_pool", ExecutorEntry::Kind::threads),
              Optional(HasSubstr("where workers are to be threads of this one")));
  EXPECT_EQ(checked("fork_pool", ExecutorEntry::Kind::processes), std::nullopt);
}

TEST_F(ReceiptOf, CountsAgainFromTheBeginning) {
  Ledger ledger(workload);
  Receipt receipt(workload, {.workers = 2}, ExecutorEntry::Kind::threads, std::chrono::milliseconds(300));
  Wrong two({{{0, 4}}, {{4, 10}}});
  Wrong one({{{0, 10}}});
  EXPECT_EQ(receipt.check(two, ledger), std::nullopt);
  EXPECT_EQ(receipt.check(two, ledger), std::nullopt);
  EXPECT_THAT(receipt.check(one, ledger), Optional(HasSubstr("1 workers ran at the same time, not 2")));
}

/// The lesser of two batches, of which one burns 20 ms more a task.
TEST_F(ReceiptOf, MeasuresTheCpuTimeOfTaskBodies) {
  std::atomic<int> milliseconds = 30;
  Tasks burner(2, [&](std::size_t) {
    for (const std::clock_t end = std::clock() + milliseconds * CLOCKS_PER_SEC / 1000; std::clock() < end;) continue;
  });
  Ledger ledger(burner);
  Receipt receipt(burner, {.workers = 1});
  Wrong executor({{{0, 2}}});
  EXPECT_EQ(receipt.check(executor, ledger), std::nullopt);
  milliseconds = 10;
  EXPECT_EQ(receipt.check(executor, ledger), std::nullopt);
  EXPECT_GT(receipt.least_cpu(), std::chrono::milliseconds(18));
  EXPECT_LT(receipt.least_cpu(), std::chrono::milliseconds(45));
}

/// A coroutine form: its lanes wait for a moment, or, where they are lazy, they block their thread for it.
class Waiting final : public Workload, private AsyncWorkload {
 public:
  std::size_t tasks() const override { return 8; }
  void run(std::size_t, std::size_t, std::span<std::uint64_t>) const override { FAIL() << "not as coroutines"; }
  std::vector<std::uint64_t> expected() const override { return {3, 3, 3, 3, 3, 3, 3, 3}; }
  const AsyncWorkload* async() const override { return this; }

 private:
  struct Waiter final : Lane {
    explicit Waiter(const Waiting& waiting) : waiting_(waiting) {}
    boost::asio::awaitable<void> run(std::size_t, std::span<std::uint64_t> out) override {
      waiting_.deliver(out[0], 3);
      co_return;
    }
    const Waiting& waiting_;
  };
  std::unique_ptr<Lane> lane() const override { return std::make_unique<Waiter>(*this); }
};

/// What a receipt for as many workers and tasks in flight as `asked` says of coroutines opened with `opened`.
struct Extent {
  unsigned workers;
  std::string in_flight = "all";
};
std::optional<std::string> check_coroutines(const Extent& asked, const Extent& opened) {
  const ExecutorEntry& entry = testing::executor("coroutines");
  const auto options = [&](const Extent& extent) {
    return entry.options(extent.workers, 1, {{"in_flight", extent.in_flight}});
  };
  Waiting waiting;
  return check(waiting, *entry.open({}, options(opened)), options(asked));
}

TEST(ReceiptOfCoroutines, CountsThreadsAndTasksInFlight) {
  EXPECT_EQ(check_coroutines({.workers = 1}, {.workers = 1}), std::nullopt);
  EXPECT_EQ(check_coroutines({.workers = 2, .in_flight = "3"}, {.workers = 2, .in_flight = "3"}), std::nullopt);
  EXPECT_THAT(check_coroutines({.workers = 2}, {.workers = 1}), Optional(HasSubstr("1 workers ran at the same time")));
  EXPECT_THAT(check_coroutines({.workers = 1}, {.workers = 1, .in_flight = "5"}),
              Optional(HasSubstr("5 tasks were in flight at the same time, not 8")));
}

/// Lets the calling thread run on these CPUs only.
void bind_to(const std::vector<unsigned>& cpus) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const unsigned cpu : cpus) CPU_SET(cpu, &set);
  ASSERT_EQ(sched_setaffinity(0, sizeof set, &set), 0);
}

/// What a receipt for the CPUs `home` says of a worker that binds itself to the CPUs `away`.
std::optional<std::string> placement_of(const std::vector<unsigned>& home, const std::vector<unsigned>& away) {
  std::optional<std::string> found;
  std::jthread([&] {
    Tasks stray(4, [](std::size_t) {});
    Ledger ledger(stray);
    Receipt receipt(stray, {.workers = 1}, ExecutorEntry::Kind::threads, std::chrono::seconds(10), home);
    bind_to(away);
    Wrong executor({{{0, 4}}});
    EXPECT_EQ(receipt.check(executor, ledger), std::nullopt);
    found = receipt.misplaced();
  }).join();
  return found;
}

TEST(ReceiptOfPlacement, IsGoodWhereWorkersStay) { EXPECT_EQ(placement_of(affinity(), affinity()), std::nullopt); }

TEST(ReceiptOfPlacement, SeesWorkersThatAreBoundElsewhere) {
  const auto all = affinity();
  if (all.size() < 2) GTEST_SKIP() << "there is one CPU";
  EXPECT_THAT(placement_of(all, {all[1]}), Optional(HasSubstr("may use 1 CPU of the")));
  EXPECT_THAT(placement_of({all[0]}, {all[1]}), Optional(HasSubstr("not among the 1 that")));
  EXPECT_THAT(placement_of({all[0]}, all), Optional(HasSubstr("not among the 1 that")));
}

}  // namespace
}  // namespace fanout
