#include "benchmarks/receipt.hpp"

#include <sched.h>

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
        for (const auto& [first, last] : ranges) job.workload->run(first, last, job.digests);
      });
    }
  }

 private:
  std::vector<Ranges> workers_;
};

class ReceiptOf : public ::testing::Test {
 protected:
  std::optional<std::string> check(std::vector<Wrong::Ranges> workers) {
    Receipt receipt(workload, {.workers = 2}, std::chrono::milliseconds(300));
    Wrong executor(std::move(workers));
    return receipt.check(executor, digests.span(), workload.expected());
  }

  const Tasks<void (*)(std::size_t)> workload{10, [](std::size_t) {}};
  const SharedArray<std::uint64_t> digests{10};
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
  const Tasks slow(3, [](std::size_t) { std::this_thread::sleep_for(std::chrono::milliseconds(500)); });
  Receipt receipt(slow, {.workers = 2});
  Wrong executor({{{0, 1}}, {{1, 2}}, {{2, 3}}});
  EXPECT_THAT(receipt.check(executor, digests.span().first(3), slow.expected()),
              Optional(HasSubstr("3 workers ran at the same time, not 2")));
}

TEST_F(ReceiptOf, AWrongDigestIsRejected) {
  struct Liar final : Workload {
    std::size_t tasks() const override { return 4; }
    void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
      for (std::size_t i = first; i < last; ++i) out[i] = i == 2 ? 99 : i;
    }
    std::vector<std::uint64_t> expected() const override { return {0, 1, 2, 3}; }
  } const liar;
  Receipt receipt(liar, {.workers = 2});
  Wrong executor({{{0, 2}}, {{2, 4}}});
  EXPECT_THAT(receipt.check(executor, digests.span().first(4), liar.expected()),
              Optional(HasSubstr("task 2 gave the digest 99, not 2")));
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
    boost::asio::awaitable<void> run(std::size_t task, std::span<std::uint64_t> digests) override {
      digests[task] = 3;
      co_return;
    }
  };
  std::unique_ptr<Lane> lane() const override { return std::make_unique<Waiter>(); }
};

/// What a receipt for `asked` says of coroutines opened with `opened`.
std::optional<std::string> check_coroutines(const Options& asked, const Options& opened) {
  const Waiting waiting;
  const SharedArray<std::uint64_t> digests(8);
  Receipt receipt(waiting, asked, std::chrono::milliseconds(300));
  const auto executor = testing::executor("coroutines").open(opened);
  return receipt.check(*executor, digests.span(), waiting.expected());
}

TEST(ReceiptOfCoroutines, CountsThreadsAndTasksInFlight) {
  EXPECT_EQ(check_coroutines({.workers = 1}, {.workers = 1}), std::nullopt);
  EXPECT_EQ(check_coroutines({.workers = 2, .in_flight = 3}, {.workers = 2, .in_flight = 3}), std::nullopt);
  EXPECT_THAT(check_coroutines({.workers = 2}, {.workers = 1}), Optional(HasSubstr("1 workers ran at the same time")));
  EXPECT_THAT(check_coroutines({.workers = 1}, {.workers = 1, .in_flight = 5}),
              Optional(HasSubstr("5 tasks were in flight at the same time, not 8")));
}

/// A task that runs but leaves no digest does not pass by what lay there before.
TEST_F(ReceiptOf, AMissingDigestIsRejected) {
  struct Mute final : Workload {
    std::size_t tasks() const override { return 1; }
    void run(std::size_t, std::size_t, std::span<std::uint64_t>) const override {}
    std::vector<std::uint64_t> expected() const override { return {5}; }
  } const mute;
  digests[0] = 5;
  Receipt receipt(mute, {.workers = 1});
  Wrong executor({{{0, 1}}});
  EXPECT_THAT(receipt.check(executor, digests.span().first(1), mute.expected()), Optional(HasSubstr("not 5")));
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
    const Tasks stray(4, [](std::size_t) {});
    const SharedArray<std::uint64_t> digests(4);
    Receipt receipt(stray, {.workers = 1}, std::chrono::seconds(10), home);
    bind_to(away);
    Wrong executor({{{0, 4}}});
    EXPECT_EQ(receipt.check(executor, digests.span(), stray.expected()), std::nullopt);
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
