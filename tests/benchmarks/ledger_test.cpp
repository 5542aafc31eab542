#include "benchmarks/ledger.hpp"

#include "tests/tiny.hpp"

namespace fanout {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;
using testing::Tasks;

/// Batches of ten tasks, each batch done by hand.
class LedgerOf : public ::testing::Test {
 protected:
  void batch(const std::vector<std::size_t>& tasks = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) {
    for (const std::size_t task : tasks) job.run(task, task + 1);
    ledger.close_batch();
  }

  Tasks<void (*)(std::size_t)> workload{10, [](std::size_t) {}};
  Ledger ledger{workload};
  Job job = ledger.job(workload);
};

TEST_F(LedgerOf, HoldsOverManyBatches) {
  EXPECT_EQ(ledger.broken(), std::nullopt) << "of no batch";
  for (int i = 0; i < 1000; ++i) batch();
  EXPECT_EQ(ledger.broken(), std::nullopt);
  EXPECT_EQ(ledger.batches(), 1000U);
}

TEST_F(LedgerOf, SkippedTaskIsSeen) {
  batch();
  batch({0, 1, 2, 3, 5, 6, 7, 8, 9});
  EXPECT_THAT(ledger.broken(), Optional(HasSubstr("task 4 was not done exactly once in each of the first 2 batches")));
}

TEST_F(LedgerOf, TaskSkippedHereAndDoubledThereIsSeen) {
  batch({0, 1, 2, 3, 5, 6, 7, 8, 9});
  batch({0, 1, 2, 3, 4, 4, 5, 6, 7, 8, 9});
  EXPECT_THAT(ledger.broken(), Optional(HasSubstr("task 4")));
}

TEST_F(LedgerOf, ResultOfAnEarlierBatchIsSeen) {
  batch();
  const std::vector<std::uint64_t> first(job.digests.begin(), job.digests.end());
  for (std::size_t i = 0; i < first.size(); ++i) job.digests[i] += first[i];
  ledger.close_batch();
  EXPECT_THAT(ledger.broken(), Optional(HasSubstr("task 0")));
}

/// It ran after run() had returned.
TEST_F(LedgerOf, LateTaskIsSeen) {
  batch({0, 1, 2, 3, 4, 5, 6, 7, 8});
  job.run(9, 10);
  EXPECT_THAT(ledger.broken(), Optional(HasSubstr("task 9")));
  batch();
  EXPECT_THAT(ledger.broken(), Optional(HasSubstr("task 9")));
}

/// What is stored rather than added has to be stored anew after it was spoilt, all of it.
TEST(Ledger, StoredWordsAreCheckedToo) {
  const WorkloadEntry& map = *Workloads::find("map");
  const auto workload = map.build(Values("map", map.parameters, {{"tasks", "3"}, {"result_bytes", "24B"}}), 1);
  Ledger ledger(*workload);
  const Job job = ledger.job(*workload);
  job.run(0, 3);
  ledger.close_batch();
  EXPECT_EQ(ledger.broken(), std::nullopt);
  ledger.spoil_stored();
  const std::vector<std::uint64_t> spoilt(job.digest(1).begin(), job.digest(1).end());
  job.run(0, 3);
  job.digest(1)[2] = spoilt[2];
  ledger.close_batch();
  EXPECT_THAT(ledger.broken(), Optional(HasSubstr("task 1 left")));
}

TEST(Ledger, RefusesExpectationsOfAnotherSize) {
  struct Odd final : Workload {
    std::size_t tasks() const override { return 3; }
    void run(std::size_t, std::size_t, std::span<std::uint64_t>) const override {}
    std::vector<std::uint64_t> expected() const override { return {1, 2}; }
  } odd;
  EXPECT_THROW(Ledger{odd}, std::logic_error);
}

}  // namespace
}  // namespace fanout
