// Messages of fork_pipe that are larger than a pipe.

#include <fstream>
#include <numeric>

#include "tests/tiny.hpp"

namespace fanout {
namespace {

using ::testing::HasSubstr;

/// Tasks of results of so many words, all different, after a function of the task.
template <class Body>
class Wide final : public Workload {
 public:
  Wide(std::size_t tasks, std::size_t width, Body body) : tasks_(tasks), width_(width), body_(std::move(body)) {}
  std::size_t tasks() const override { return tasks_; }
  std::size_t width() const override { return width_; }
  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    for (std::size_t i = first; i < last; ++i) {
      body_(i);
      const auto digest = out.subspan((i - first) * width_, width_);
      std::iota(digest.begin() + 1, digest.end(), i * width_ + 1);
      deliver(digest.front(), i * width_);
    }
  }
  std::vector<std::uint64_t> expected() const override {
    std::vector<std::uint64_t> digests(tasks_ * width_);
    for (std::size_t word = 0; word < digests.size(); ++word) digests[word] = word;
    return digests;
  }

 private:
  std::size_t tasks_;
  std::size_t width_;
  Body body_;
};

/// `grain` 0: the default.
std::unique_ptr<Executor> open(unsigned workers, unsigned grain) {
  const ExecutorEntry& entry = testing::executor("fork_pipe");
  return entry.open({}, entry.options(workers, 1, {{"grain", grain == 0 ? "auto" : std::to_string(grain)}}));
}

std::string message_of(Executor& executor, const Job& job) {
  try {
    executor.run(job);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

/// Heads and bodies come apart at every place: widths around the pipe's capacity, many replies in a read, and one reply
/// in many.
TEST(ForkPipe, MovesResultsOfAnySize) {
  for (const std::size_t width : {1U, 7U, 500U, 8188U, 8189U, 8190U, 8192U, 8193U, 100'003U}) {
    Wide workload(21, width, [](std::size_t) {});
    for (const auto& [workers, grain] : {std::pair{1U, 1U}, {3U, 2U}, {3U, 21U}, {2U, 0U}}) {
      Ledger ledger(workload);
      const auto executor = open(workers, grain);
      for (int batch = 0; batch < 3; ++batch) {
        ledger.spoil_stored();
        testing::expect_law(*executor, workload, ledger);
      }
    }
  }
}

/// Errors come between results, some of them larger than a pipe: the first counts, and none disturbs the next batch.
TEST(ForkPipe, TellsErrorsFromResults) {
  const std::string story(300'000, 'x');
  const Wide bad(40, 20'000, [&](std::size_t i) {
    if (i % 4 == 1) throw std::runtime_error("task " + std::to_string(i) + " fails" + (i % 8 == 1 ? story : ""));
  });
  const Wide worst(1, 1, [&](std::size_t) { throw std::runtime_error(story + story); });
  Wide good(40, 20'000, [](std::size_t) {});
  Ledger ledger(good);
  const SharedArray<std::uint64_t> digests(good.tasks() * good.width());
  for (const unsigned workers : {1U, 4U}) {
    const auto executor = open(workers, 1);
    for (int round = 0; round < 3; ++round) {
      EXPECT_THAT(message_of(*executor, bad.job(digests.span())), HasSubstr(" fails"));
      testing::expect_law(*executor, good, ledger);
      EXPECT_EQ(message_of(*executor, worst.job(digests.span())), story + story);
    }
  }
}

/// A worker that is full of results when another dies is ended, not waited for.
TEST(ForkPipe, EndsWritersAfterADeath) {
  const Wide fatal(40, 200'000, [](std::size_t i) {
    if (i == 20) _exit(3);
  });
  const SharedArray<std::uint64_t> digests(fatal.tasks() * fatal.width());
  const auto executor = open(4, 1);
  EXPECT_THAT(message_of(*executor, fatal.job(digests.span())), HasSubstr("exit status 3"));
  EXPECT_TRUE(executor->processes().empty());
  EXPECT_THAT(message_of(*executor, fatal.job(digests.span())), HasSubstr("exit status 3"));
}

/// Bytes of memory that a process takes, its share of what it has in common with others.
std::size_t memory_of(pid_t pid) {
  std::ifstream memory("/proc/" + std::to_string(pid) + "/smaps_rollup");
  for (std::string word; memory >> word;) {
    std::size_t kilobytes = 0;
    if (word == "Pss:" && memory >> kilobytes) return kilobytes * 1024;
  }
  return 0;
}

/// However much goes through a worker, it holds a part: all of it in every worker would be more than a machine has.
TEST(ForkPipe, WorkersDoNotHoldAllResults) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "the thread sanitizer keeps a shadow of everything that was ever written";
#endif
  constexpr std::size_t kMiB = std::size_t{1} << 20;
  Wide workload(320, kMiB / 8, [](std::size_t) {});
  Ledger ledger(workload);
  const auto executor = open(1, 4);
  const std::size_t before = memory_of(executor->processes().at(0));
  for (int batch = 0; batch < 2; ++batch) testing::expect_law(*executor, workload, ledger);
  const std::size_t after = memory_of(executor->processes().at(0));
  EXPECT_GT(after, before);
  EXPECT_LT(after, before + 20 * kMiB);
}

}  // namespace
}  // namespace fanout
