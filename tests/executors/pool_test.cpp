#include <thread>

#include "tests/tiny.hpp"

namespace fanout {
namespace {

using testing::Tasks;

/// Batch after batch of a pool, each checked; what late workers lose shows up here. Between some of them a pause, long
/// enough to park in.
void hammer(Workload& workload, unsigned workers, unsigned cpus, int batches) {
  Ledger ledger(workload);
  const auto pool = testing::start("pool", workers, cpus);
  for (int batch = 0; batch < batches; ++batch) {
    if (batch % 50 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    testing::expect_law(*pool, workload, ledger);
    if (::testing::Test::HasFailure()) FAIL() << "batch " << batch;
  }
}

TEST(Pool, LosesNothingOverManySmallBatches) {
  for (const std::size_t tasks : {1U, 2U, 3U, 8U, 100U}) {
    Tasks workload(tasks, [](std::size_t) {});
    for (const unsigned workers : {2U, 3U, 4U, 8U}) {
      for (const unsigned cpus : {2U, 64U}) hammer(workload, workers, cpus, 500);
    }
  }
}

/// All the work lies in the last share, so every other worker lives by stealing.
TEST(Pool, StealsFromTheBack) {
  Tasks uneven(64, [](std::size_t i) {
    if (i >= 48) std::this_thread::sleep_for(std::chrono::microseconds(50));
  });
  for (const unsigned cpus : {1U, 64U}) hammer(uneven, 4, cpus, 20);
}

TEST(Pool, RunsEveryTaskOnce) {
  std::vector<std::atomic<int>> runs(1000);
  const Tasks workload(runs.size(), [&](std::size_t i) { ++runs[i]; });
  const SharedArray<std::uint64_t> digests(runs.size());
  const auto pool = testing::start("pool", 4, 64);
  for (int batch = 1; batch <= 200; ++batch) {
    pool->run(workload.job(digests.span()));
    for (const auto& count : runs) ASSERT_EQ(count, batch);
  }
}

TEST(Pool, EndsParkedOrNot) {
  for (int i = 0; i < 50; ++i) {
    const auto pool = testing::start("pool", 4, i % 2 == 0 ? 1U : 64U);
    if (i % 3 == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

}  // namespace
}  // namespace fanout
