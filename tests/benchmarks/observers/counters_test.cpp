#include "tests/benchmarks/observers/observe.hpp"

namespace fanout {
namespace {

using testing::observe;
using testing::Tasks;

nlohmann::json counters(const std::string& executor) {
  const Tasks work(20, [](std::size_t) {
    for (volatile int i = 0; i < 10'000;) i = i + 1;
  });
  return observe(*Observers::find("counters")->make(), work, executor, 2, 3);
}

TEST(Counters, CountOrSayWhyNot) {
  for (const char* executor : {"pool", "fork_pool", "std_thread", "fork_each"}) {
    const auto evidence = counters(executor);
    EXPECT_EQ(evidence["tasks"], 60);
    EXPECT_GT(evidence["seconds"], 0);
    if (evidence["counts"].is_null()) {
      EXPECT_GT(evidence["reason"].get<std::string>().size(), 20U) << evidence;
    } else {
      EXPECT_GT(evidence["counts"]["instructions"], 60 * 10'000) << evidence;
      EXPECT_GT(evidence["counts"]["cycles"], 0) << evidence;
    }
  }
}

/// Also of processes that are forked after the counters were opened.
TEST(Counters, KnowTheFaultsOfWorkersThatAreBornLater) {
  const auto evidence = counters("fork_each");
  if (evidence["software"].is_null()) GTEST_SKIP() << evidence["reason"];
  EXPECT_GE(evidence["software"]["page_faults"], 60) << "a process a task writes to pages that it has to copy";
}

}  // namespace
}  // namespace fanout
