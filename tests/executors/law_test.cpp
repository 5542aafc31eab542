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

/// The receipt, two batches without the counting decorator, and the receipt again. Whatever counts independently has
/// counted all four.
void obey(const ExecutorEntry& entry, Workload& workload, const Options& options) {
  Ledger ledger(workload);
  Receipt receipt(workload, options, entry.kind);
  const auto before = workload.completed();
  const auto executor = entry.open({}, options);
  EXPECT_EQ(receipt.check(*executor, ledger), std::nullopt);
  for (int batch = 0; batch < 2; ++batch) testing::expect_law(*executor, workload, ledger);
  EXPECT_EQ(receipt.check(*executor, ledger), std::nullopt);
  if (before) {
    EXPECT_EQ(workload.completed().value() - *before, 4 * workload.tasks());
  }
}

/// Whether these workers can share what the workload's tasks share, and spawn what they spawn.
bool fits(const ExecutorEntry& entry, const Workload& workload) {
  if (workload.forks() && !entry.forks) return false;
  return entry.memory == ExecutorEntry::Memory::one || workload.state() != Workload::State::process;
}

/// No tasks, one, fewer than workers, more than workers; one worker, two, more than this machine has CPUs.
TEST_P(Law, HoldsForEveryWorkload) {
  for (const WorkloadEntry& workload_entry : Workloads::all()) {
    for (const std::size_t tasks : {0U, 1U, 3U, 17U}) {
      for (const Values& values : tiny(workload_entry, tasks)) {
        const auto workload = testing::built(workload_entry, values, 7);
        if (!workload) continue;
        ASSERT_EQ(workload->tasks(), testing::tasks_of(workload_entry, tasks));
        if (!fits(entry, *workload)) continue;
        for (const unsigned workers : {1U, 2U, 5U}) {
          for (const Options& options : testing::options(entry, workers)) {
            SCOPED_TRACE(workload_entry.name + " " + values.name() + " on " + std::to_string(workers) + " " +
                         options.values.name());
            obey(entry, *workload, options);
          }
        }
      }
    }
  }
}

/// Results arrive whole, also those that a pipe cannot hold.
TEST_P(Law, HoldsForResultsOfManyWords) {
  const auto& map = *Workloads::find("map");
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
  testing::Tasks few(3, [](std::size_t) {});
  testing::Tasks many(100, [](std::size_t) {});
  Ledger ledger_of_few(few);
  Ledger ledger_of_many(many);
  const auto executor = testing::start(entry, 2);
  for (int round = 0; round < 20; ++round) {
    testing::expect_law(*executor, few, ledger_of_few);
    testing::expect_law(*executor, many, ledger_of_many);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Law,
                         ::testing::ValuesIn(testing::executor_names([](const ExecutorEntry&) { return true; })),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace fanout
