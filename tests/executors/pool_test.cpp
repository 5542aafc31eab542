#include <thread>

#include "benchmarks/receipt.hpp"
#include "tests/tiny.hpp"

namespace fanout {
namespace {

using testing::Tasks;

/// Batch after batch of a pool, each checked; what late workers lose shows up here. Between some of them a pause, long
/// enough to park in.
void hammer(const Workload& workload, unsigned workers, unsigned cpus, int batches) {
  const auto expected = workload.expected();
  const SharedArray<std::uint64_t> digests(expected.size());
  const auto pool = testing::executor("pool").open({.workers = workers, .cpus = cpus});
  for (int batch = 0; batch < batches; ++batch) {
    if (batch % 50 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    poison(digests.span(), expected);
    pool->run({&workload, digests.span()});
    ASSERT_EQ(wrong_digest(digests.span(), expected), std::nullopt) << "batch " << batch;
  }
}

TEST(Pool, LosesNothingOverManySmallBatches) {
  for (const std::size_t tasks : {1U, 2U, 3U, 8U, 100U}) {
    const Tasks workload(tasks, [](std::size_t) {});
    for (const unsigned workers : {2U, 3U, 4U, 8U}) {
      for (const unsigned cpus : {2U, 64U}) hammer(workload, workers, cpus, 500);
    }
  }
}

/// All the work lies in the last share, so every other worker lives by stealing.
TEST(Pool, StealsFromTheBack) {
  const Tasks uneven(64, [](std::size_t i) {
    if (i >= 48) std::this_thread::sleep_for(std::chrono::microseconds(50));
  });
  for (const unsigned cpus : {1U, 64U}) hammer(uneven, 4, cpus, 20);
}

TEST(Pool, RunsEveryTaskOnce) {
  std::vector<std::atomic<int>> runs(1000);
  const Tasks workload(runs.size(), [&](std::size_t i) { ++runs[i]; });
  const SharedArray<std::uint64_t> digests(runs.size());
  const auto pool = testing::executor("pool").open({.workers = 4, .cpus = 64});
  for (int batch = 1; batch <= 200; ++batch) {
    pool->run({&workload, digests.span()});
    for (const auto& count : runs) ASSERT_EQ(count, batch);
  }
}

TEST(Pool, EndsParkedOrNot) {
  for (int i = 0; i < 50; ++i) {
    const auto pool = testing::executor("pool").open({.workers = 4, .cpus = i % 2 == 0 ? 1U : 64U});
    if (i % 3 == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

}  // namespace
}  // namespace fanout
