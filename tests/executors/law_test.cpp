#include "benchmarks/receipt.hpp"
#include "tests/tiny.hpp"

namespace fanout {
namespace {

using testing::tiny;

class Law : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!entry.missing.empty()) GTEST_SKIP() << entry.missing;
  }

  const ExecutorEntry& entry = testing::executor(GetParam());
};

/// The receipt, and two batches after it without the counting decorator. Whoever watches has seen all three.
void obey(const ExecutorEntry& entry, const Workload& workload, const Options& options) {
  const auto expected = workload.expected();
  const SharedArray<std::uint64_t> digests(expected.size());
  Receipt receipt(workload, options);
  const auto before = workload.witnessed();
  const auto executor = entry.open(options);
  EXPECT_EQ(receipt.check(*executor, digests.span(), expected), std::nullopt);
  for (int batch = 0; batch < 2; ++batch) {
    poison(digests.span(), expected);
    executor->run({&workload, digests.span()});
    EXPECT_EQ(wrong_digest(digests.span(), expected, workload.width()), std::nullopt);
  }
  if (before) {
    EXPECT_EQ(workload.witnessed().value() - *before, 3 * workload.tasks());
  }
}

/// Whether these workers can share what the workload's tasks share.
bool fits(const ExecutorEntry& entry, const Workload& workload) {
  return entry.kind != ExecutorEntry::Kind::processes || workload.state() != Workload::State::process;
}

/// No tasks, one, fewer than workers, more than workers; one worker, two, more than this machine has CPUs.
TEST_P(Law, HoldsForEveryWorkload) {
  for (const WorkloadEntry& workload_entry : Workloads::all()) {
    for (const std::size_t tasks : {0U, 1U, 3U, 17U}) {
      for (const Values& values : tiny(workload_entry, tasks)) {
        const auto workload = testing::built(workload_entry, values, 7);
        if (!workload) continue;
        ASSERT_EQ(workload->tasks(), tasks);
        if (!fits(entry, *workload)) continue;
        for (const unsigned workers : {1U, 2U, 5U}) {
          for (const Options& options : testing::options(entry, workers)) {
            SCOPED_TRACE(workload_entry.name + " " + values.name() + " on " + std::to_string(workers) + ", in flight " +
                         std::to_string(options.in_flight) + ", grain " + std::to_string(options.grain));
            obey(entry, *workload, options);
          }
        }
      }
    }
  }
}

/// Results arrive whole, also those that a pipe cannot hold.
TEST_P(Law, HoldsForResultsOfManyWords) {
  const auto& map = *std::ranges::find(Workloads::all(), "map", &WorkloadEntry::name);
  std::vector<std::pair<std::string, std::string>> sizes{{"40", "24B"}};
#ifndef __SANITIZE_THREAD__  // it reports each word that libgomp's threads hand over, only to suppress it
  sizes.insert(sizes.end(), {{"17", "65544B"}, {"3", "1MiB"}});
#endif
  for (const auto& [tasks, bytes] : sizes) {
    const auto workload = map.build(Values("map", map.parameters, {{"tasks", tasks}, {"result_bytes", bytes}}), 7);
    for (const unsigned workers : {1U, 2U, 5U}) {
      for (const Options& options : testing::options(entry, workers)) {
        SCOPED_TRACE(bytes + " on " + std::to_string(workers));
        obey(entry, *workload, options);
      }
    }
  }
}

/// One executor runs the jobs of several workloads, one after the other, if they existed when it was opened.
TEST_P(Law, HoldsForOneJobAfterTheOther) {
  const testing::Tasks few(3, [](std::size_t) {});
  const testing::Tasks many(100, [](std::size_t) {});
  const SharedArray<std::uint64_t> digests(100);
  const auto executor = entry.open({.workers = 2, .cpus = 2});
  for (int round = 0; round < 20; ++round) {
    for (const Workload* workload : {static_cast<const Workload*>(&few), static_cast<const Workload*>(&many)}) {
      const auto expected = workload->expected();
      const auto part = digests.span().first(expected.size());
      poison(part, expected);
      executor->run({workload, part});
      ASSERT_EQ(wrong_digest(part, expected), std::nullopt);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Law,
                         ::testing::ValuesIn(testing::executor_names([](const ExecutorEntry&) { return true; })),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace fanout
