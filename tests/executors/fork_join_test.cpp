#include "workloads/fork_join.hpp"

#include <array>
#include <thread>

#include "tests/tiny.hpp"
#include "workloads/tree/tree.hpp"

namespace fanout {
namespace {

/// A node of a binary tree of so many levels that calls a function at each leaf.
template <class Body>
struct Twig : BranchOf<Twig<Body>> {
  Twig(const Body& what, unsigned below, std::size_t its) : body(what), levels(below), place(its) {}

  void operator()(Fork& fork) const {
    if (levels == 0) return body(place);
    std::array<Twig, 2> both{Twig(body, levels - 1, 2 * place), Twig(body, levels - 1, 2 * place + 1)};
    fork.all(std::span(both));
  }

  const Body& body;
  unsigned levels;
  std::size_t place;
};

/// Tasks each of which is such a tree.
template <class Body>
class Twigs final : public Workload {
 public:
  Twigs(std::size_t tasks, unsigned levels, Body body) : tasks_(tasks), levels_(levels), body_(std::move(body)) {}
  std::size_t tasks() const override { return tasks_; }
  bool forks() const override { return true; }
  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    for (std::size_t i = first; i < last; ++i) {
      Twig(body_, levels_, 0)(Fork::here());
      deliver(out[i - first], i);
    }
  }
  std::vector<std::uint64_t> expected() const override {
    std::vector<std::uint64_t> digests;
    for (std::size_t i = 0; i < tasks_; ++i) digests.push_back(i);
    return digests;
  }

 private:
  std::size_t tasks_;
  unsigned levels_;
  Body body_;
};

class ForkJoin : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!entry.missing.empty()) GTEST_SKIP() << entry.missing;
  }
  [[nodiscard]] std::vector<unsigned> workers() const {
    return entry.kind == ExecutorEntry::Kind::serial ? std::vector{1U} : std::vector{1U, 2U, 8U};
  }

  const ExecutorEntry& entry = testing::executor(GetParam());
};

/// Batch after batch, by more workers than there are CPUs, too; each leaf once.
TEST_P(ForkJoin, RunsEveryBranchOnce) {
  std::vector<std::atomic<int>> runs(1U << 10U);
  Twigs workload(1, 10, [&](std::size_t leaf) { ++runs[leaf]; });
  Ledger ledger(workload);
  for (const unsigned workers : workers()) {
    for (auto& count : runs) count = 0;
    const auto executor = testing::start(entry, workers);
    for (int batch = 1; batch <= 20; ++batch) {
      testing::expect_law(*executor, workload, ledger);
      for (const auto& count : runs) ASSERT_EQ(count, batch) << workers << " workers";
    }
  }
}

/// Its message arrives when no other branch is running any more, and the next batch is as if nothing had happened.
TEST_P(ForkJoin, ABranchThatThrowsMakesRunThrow) {
  for (const unsigned workers : workers()) {
    std::atomic<int> running = 0;
    const Twigs bad(2, 6, [&](std::size_t leaf) {
      if (leaf % 16 == 7) throw std::runtime_error("leaf " + std::to_string(leaf) + " is broken");
      ++running;
      std::this_thread::sleep_for(std::chrono::microseconds(10));
      --running;
    });
    Twigs good(2, 6, [](std::size_t) {});
    Ledger ledger(good);
    const SharedArray<std::uint64_t> digests(2);
    const auto executor = testing::start(entry, workers);
    for (int round = 0; round < 5; ++round) {
      try {
        executor->run(bad.job(digests.span()));
        ADD_FAILURE() << "nothing was thrown";
      } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), ::testing::HasSubstr("is broken"));
      }
      EXPECT_EQ(running, 0) << "a branch was still running";
      testing::expect_law(*executor, good, ledger);
    }
  }
}

/// More branches side by side than any queue has room for.
TEST_P(ForkJoin, TakesManyBranchesAtOnce) {
  struct Leaf : BranchOf<Leaf> {
    void operator()(Fork&) { ++runs; }
    std::atomic<int> runs = 0;
  };
  class Wide final : public Workload {
   public:
    std::size_t tasks() const override { return 1; }
    bool forks() const override { return true; }
    void run(std::size_t, std::size_t, std::span<std::uint64_t> out) const override {
      std::vector<Leaf> leaves(5000);
      Fork::here().all(std::span(leaves));
      Fork::here().all(std::span<Leaf>());
      for (const Leaf& leaf : leaves) ASSERT_EQ(leaf.runs, 1);
      deliver(out[0], 0);
    }
    std::vector<std::uint64_t> expected() const override { return {0}; }
  } wide;
  Ledger ledger(wide);
  for (const unsigned workers : workers()) {
    const auto executor = testing::start(entry, workers);
    for (int batch = 0; batch < 20; ++batch) testing::expect_law(*executor, wide, ledger);
  }
}

/// As deep as the contract (Branch) promises: each level is a branch within a branch.
TEST_P(ForkJoin, NestsDeep) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "frames of a sanitizer are several times as large as those that the contract promises";
#endif
  struct Chain : BranchOf<Chain> {
    Chain(unsigned below, std::atomic<unsigned>& count) : levels(below), seen(count) {}
    void operator()(Fork& fork) const {
      ++seen;
      if (levels == 0) return;
      std::array<Chain, 2> next{Chain(levels - 1, seen), Chain(0, seen)};
      fork.all(std::span(next));
    }
    unsigned levels;
    std::atomic<unsigned>& seen;
  };
  std::atomic<unsigned> seen = 0;
  class Deep final : public Workload {
   public:
    explicit Deep(std::atomic<unsigned>& count) : seen_(count) {}
    std::size_t tasks() const override { return 1; }
    bool forks() const override { return true; }
    void run(std::size_t, std::size_t, std::span<std::uint64_t> out) const override {
      std::array<Chain, 1> root{Chain(kDeepest, seen_)};
      Fork::here().all(std::span(root));
      deliver(out[0], 0);
    }
    std::vector<std::uint64_t> expected() const override { return {0}; }

   private:
    std::atomic<unsigned>& seen_;
  } deep(seen);
  Ledger ledger(deep);
  for (const unsigned workers : workers()) {
    seen = 0;
    testing::expect_law(*testing::start(entry, workers), deep, ledger);
    EXPECT_EQ(seen, 2 * kDeepest + 1);
  }
}

INSTANTIATE_TEST_SUITE_P(All, ForkJoin,
                         ::testing::ValuesIn(testing::executor_names([](const ExecutorEntry& e) { return e.forks; })),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace fanout
