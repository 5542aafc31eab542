#include <unistd.h>

#include <mutex>
#include <thread>

#include "tests/tiny.hpp"

namespace fanout {
namespace {

using testing::Tasks;

class Pool : public ::testing::TestWithParam<std::string> {
 protected:
  /// Batch after batch of a pool, each checked; what late workers lose shows up here. Between some of them a pause,
  /// long enough to park in.
  static void hammer(Workload& workload, unsigned workers, unsigned cpus, int batches) {
    Ledger ledger(workload);
    const auto pool = testing::start(GetParam(), workers, cpus);
    for (int batch = 0; batch < batches; ++batch) {
      if (batch % 50 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      testing::expect_law(*pool, workload, ledger);
      if (::testing::Test::HasFailure()) FAIL() << "batch " << batch;
    }
  }
};

TEST_P(Pool, LosesNothingOverManySmallBatches) {
  for (const std::size_t tasks : {1U, 2U, 3U, 8U, 100U}) {
    Tasks workload(tasks, [](std::size_t) {});
    for (const unsigned workers : {2U, 3U, 4U, 8U}) {
      for (const unsigned cpus : {2U, 64U}) hammer(workload, workers, cpus, 500);
    }
  }
}

/// All the work lies in the last share, so every other worker lives by stealing.
TEST_P(Pool, StealsFromTheBack) {
  Tasks uneven(64, [](std::size_t i) {
    if (i >= 48) std::this_thread::sleep_for(std::chrono::microseconds(50));
  });
  for (const unsigned cpus : {1U, 64U}) hammer(uneven, 4, cpus, 20);
}

TEST_P(Pool, RunsEveryTaskOnce) {
  std::vector<std::atomic<int>> runs(1000);
  const Tasks workload(runs.size(), [&](std::size_t i) { ++runs[i]; });
  const SharedArray<std::uint64_t> digests(runs.size());
  const auto pool = testing::start(GetParam(), 4, 64);
  for (int batch = 1; batch <= 200; ++batch) {
    pool->run(workload.job(digests.span()));
    for (const auto& count : runs) ASSERT_EQ(count, batch);
  }
}

TEST_P(Pool, EndsParkedOrNot) {
  for (int i = 0; i < 50; ++i) {
    const auto pool = testing::start(GetParam(), 4, i % 2 == 0 ? 1U : 64U);
    if (i % 3 == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

INSTANTIATE_TEST_SUITE_P(All, Pool, ::testing::Values("pool", "pool_guided"),
                         [](const auto& info) { return info.param; });

/// Empty tasks that note how many of them were handed out at once.
class Noted final : public Workload {
 public:
  explicit Noted(std::size_t tasks) : tasks_(tasks) {}
  std::size_t tasks() const override { return tasks_; }
  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> /*out*/) const override {
    const std::scoped_lock lock(mutex_);
    claims.emplace_back(first, last - first);
  }
  std::vector<std::uint64_t> expected() const override { return std::vector<std::uint64_t>(tasks_); }

  mutable std::vector<std::pair<std::size_t, std::size_t>> claims;

 private:
  std::size_t tasks_;
  mutable std::mutex mutex_;
};

std::vector<std::pair<std::size_t, std::size_t>> claims_of(const std::string& executor, unsigned workers) {
  const Noted workload(1000);
  const SharedArray<std::uint64_t> digests(workload.tasks());
  testing::start(executor, workers)->run(workload.job(digests.span()));
  return workload.claims;
}

TEST(Claims, AreSingleTasksOrAnEighthOfWhatIsLeft) {
  EXPECT_EQ(claims_of("pool", 1).size(), 1000);
  std::size_t next = 0;
  for (const auto& [first, size] : claims_of("pool_guided", 1)) {
    EXPECT_EQ(first, next);
    EXPECT_EQ(size, std::max<std::size_t>(1, (1000 - first) / 8));
    next += size;
  }
  EXPECT_EQ(next, 1000);
}

/// So that there is something to steal.
TEST(Claims, NeverExceedAnEighthOfAShare) {
  for (const auto& [first, size] : claims_of("pool_guided", 2)) EXPECT_LE(size, 500 / 8) << first;
}

/// The worker that claims task 0 waits in it until the other one has begun: what it has claimed remains its own.
TEST(Claims, OfProcessesAreAnEighthOfAShare) {
  constexpr std::size_t kSize = 500 / 8;
  const SharedArray<std::atomic<pid_t>> runners(1000);
  const Tasks workload(1000, [&](std::size_t i) {
    runners[i] = getpid();
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (i == 0 && runners[kSize] == 0 && std::chrono::steady_clock::now() < patience) usleep(100);
  });
  const SharedArray<std::uint64_t> digests(workload.tasks());
  testing::start("fork_pool", 2)->run(workload.job(digests.span()));
  for (std::size_t i = 1; i < kSize; ++i) EXPECT_EQ(runners[i], runners[0]) << i;
  EXPECT_NE(runners[kSize], runners[0]);
}

}  // namespace
}  // namespace fanout
