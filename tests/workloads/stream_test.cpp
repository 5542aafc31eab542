#include <sys/mman.h>
#include <sys/wait.h>

#include <numeric>

#include "system/topology.hpp"
#include "tests/tiny.hpp"

namespace fanout {
namespace {

using ::testing::HasSubstr;
using Given = std::map<std::string, std::string>;

std::unique_ptr<Workload> build_stream(const Given& given, std::uint64_t seed = 1) {
  const WorkloadEntry& entry = *Workloads::find("stream");
  const Values values("stream", entry.parameters, given);
  entry.check(values);
  return entry.build(values, seed);
}

std::vector<std::uint64_t> run(const Workload& stream) {
  std::vector<std::uint64_t> digests(stream.tasks());
  stream.run(0, digests.size(), digests);
  return digests;
}

/// With slices of different lengths, and those that are empty.
TEST(Stream, RunsAsExpected) {
  for (const char* touch : {"worker", "opener"}) {
    for (const char* tasks : {"1", "7", "128", "129", "1000"}) {
      const auto stream = build_stream({{"touch", touch}, {"tasks", tasks}, {"size", "1KiB"}});
      const auto expected = stream->expected();
      EXPECT_EQ(run(*stream), expected) << touch << " " << tasks;
      EXPECT_EQ(run(*stream), expected) << "again, in the same memory";
    }
  }
}

TEST(Stream, ComputesWithOtherNumbersForAnotherSeed) {
  const Given small{{"tasks", "3"}, {"size", "1KiB"}};
  EXPECT_NE(run(*build_stream(small, 1)), run(*build_stream(small, 2)));
}

/// A slice that a forked worker has touched first is known to be so to all others.
TEST(Stream, LiesInMemoryThatForkedWorkersShare) {
  const auto stream = build_stream({{"tasks", "2"}, {"size", "1MiB"}});
  if (const pid_t child = fork(); child == 0) {
    (void)run(*stream);
    _exit(0);
  } else {
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
  }
  EXPECT_EQ(run(*stream), stream->expected());
  EXPECT_EQ(stream->state(), Workload::State::none);
}

std::int64_t resident() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  long long size = 0;
  long long pages = 0;
  EXPECT_EQ(std::fscanf(file, "%lld %lld", &size, &pages), 2);
  std::fclose(file);
  return pages * sysconf(_SC_PAGESIZE);
}

TEST(Stream, IsTouchedByWhoIsAsked) {
  constexpr std::int64_t kArrays = 3 << 20;
  for (const char* touch : {"worker", "opener"}) {
    const std::int64_t before = resident();
    const auto stream = build_stream({{"touch", touch}, {"tasks", "4"}, {"size", "1MiB"}});
    const std::int64_t built = resident() - before;
    EXPECT_EQ(built > kArrays / 2, touch == std::string("opener")) << touch << " " << built;
    (void)run(*stream);
    EXPECT_GT(resident() - before, kArrays / 2) << touch;
  }
}

TEST(Stream, TellsItsBytes) {
  const auto facts = build_stream({{"tasks", "64"}, {"size", "1MiB"}})->facts();
  EXPECT_EQ(facts.at("bytes_per_task"), 3.0 * (1 << 20) / 64);
  EXPECT_EQ(facts.contains("array_over_cache"), last_level_cache() > 0);
  EXPECT_EQ(build_stream({{"tasks", "0"}})->facts().at("bytes_per_task"), 0);
}

TEST(Stream, RefusesMoreThanAQuarterOfTheMemory) {
  try {
    (void)build_stream({{"size", "1024GiB"}});
    FAIL() << "accepted";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("--set=stream.size=1024GiB: three arrays may take a quarter of the memory, "));
  }
}

}  // namespace
}  // namespace fanout
