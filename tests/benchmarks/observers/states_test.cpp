#include "benchmarks/observers/states.hpp"

#include <sched.h>
#include <sys/prctl.h>

#include <cmath>
#include <thread>

#include "system/affinity.hpp"
#include "system/monotonic.hpp"
#include "tests/benchmarks/observers/observe.hpp"

namespace fanout {
namespace {

using nlohmann::json;
using testing::observe;
using testing::Tasks;

/// What tasks see of their own time by the clock alone: where two looks at it lie far apart, they were not on a CPU.
struct Witness {
  static constexpr std::int64_t kFar = 50'000;  // ns

  void compute(std::int64_t nanoseconds) {
    std::int64_t done = 0;
    std::int64_t waited = 0;
    for (std::int64_t then = monotonic_time(); done < nanoseconds;) {
      const std::int64_t now = monotonic_time();
      (now - then < kFar ? done : waited) += now - then;
      then = now;
    }
    running += done;
    ready += waited;
  }
  /// Blocked until the time is over, and then ready until it goes on.
  void sleep(std::int64_t nanoseconds) {
    const std::int64_t start = monotonic_time();
    std::this_thread::sleep_for(std::chrono::nanoseconds(nanoseconds));
    blocked += nanoseconds;
    ready += monotonic_time() - start - nanoseconds;
  }

  std::atomic<std::int64_t> running = 0;
  std::atomic<std::int64_t> ready = 0;
  std::atomic<std::int64_t> blocked = 0;
};

void use_one_cpu() {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(affinity().front(), &set);
  sched_setaffinity(0, sizeof set, &set);
}

double sum(const json& state) {
  double sum = 0;
  for (const auto& time : state) sum += time.is_null() ? 0 : time.get<double>();
  return sum;
}

double capacity(const json& evidence) { return evidence["workers"].get<double>() * evidence["seconds"].get<double>(); }

void expect_closed(const json& evidence) {
  double all = evidence["absent"].get<double>();
  for (const auto& phase : evidence["phases"]) all += sum(phase);
  EXPECT_NEAR(all, capacity(evidence), 1e-9 * capacity(evidence)) << evidence;
}

/// The largest difference between the kernel's account and the clock's, as a share of the capacity.
double disagreement(const json& evidence, const Witness& witness) {
  const json& body = evidence["phases"]["body"];
  double most = 0;
  for (const auto& [state, seen] :
       {std::pair("running", &witness.running), {"ready", &witness.ready}, {"blocked", &witness.blocked}})
    most = std::max(most, std::abs(body[state].get<double>() - static_cast<double>(*seen) / 1e9));
  return most / capacity(evidence);
}

/// Workers that take turns on one CPU, in tasks that compute and then sleep.
TEST(States, AgreeWithWhatTasksSeeByTheClock) {
  if (!why_no_ready().empty()) GTEST_SKIP() << why_no_ready();
  use_one_cpu();
  prctl(PR_SET_TIMERSLACK, 1);
  double off = 1;
  json evidence;
  EXPECT_TRUE(
      testing::holds_once([&] {  // what a busy machine takes from sleepers is blocked to one, ready to the other
        Witness witness;
        const Tasks work(60, [&](std::size_t) {
          witness.compute(5'000'000);
          witness.sleep(5'000'000);
        });
        States states;
        evidence = observe(states, work, "pool", 3);
        expect_closed(evidence);
        off = disagreement(evidence, witness);
        return off < 0.05;
      }))
      << off << " of the capacity: " << evidence;
  RecordProperty("off", std::to_string(off));
  EXPECT_GT(evidence["phases"]["body"]["ready"], 0.1 * capacity(evidence)) << "three workers on one CPU";
}

TEST(States, KnowRunningFromBlocked) {
  Witness witness;
  const Tasks computing(20, [&](std::size_t) { witness.compute(1'000'000); });
  const Tasks sleeping(20, [&](std::size_t) { witness.sleep(2'000'000); });
  States one;
  const json ran = observe(one, computing, "pool", 1);
  EXPECT_GT(ran["phases"]["body"]["running"], 0.8 * 0.02) << "20 tasks of 1 ms";
  EXPECT_LT(ran["phases"]["body"]["blocked"], 0.2 * capacity(ran)) << ran;
  States other;
  const json slept = observe(other, sleeping, "pool", 1);
  EXPECT_GT(slept["phases"]["body"]["blocked"], 0.9 * 0.04) << slept;
  EXPECT_LT(slept["phases"]["body"]["running"], 0.2 * capacity(slept)) << slept;
  EXPECT_GE(slept["switches"]["voluntary"], 20);
}

/// All kinds of workers, and more of them than there are CPUs: those that live on, and those born for a task or a
/// batch.
class StatesOf : public ::testing::TestWithParam<std::string> {};

TEST_P(StatesOf, CloseAndCountEachTask) {
  Witness witness;
  const Tasks work(50, [&](std::size_t) { witness.compute(20'000); });
  States states;
  const json evidence = observe(states, work, GetParam(), 3, 4);
  expect_closed(evidence);
  EXPECT_EQ(evidence["tasks"], 4 * 50);
  EXPECT_GE(evidence["seen"], 1);
  EXPECT_TRUE(evidence["bodies"]);
  EXPECT_GT(evidence["phases"]["body"]["running"], 0.5 * 4 * 50 * 20e-6) << evidence;
  EXPECT_LE(evidence["threads"].size(), 64U);
  double tasks = 0;
  for (const auto& thread : evidence["threads"]) tasks += thread["tasks"].get<double>();
  EXPECT_EQ(tasks, evidence["seen"] <= 64 ? 4 * 50 : 64) << "a thread a task where there are more";
  EXPECT_GE(evidence["system"]["own"], 4 * 50 * 20e-6);
}

INSTANTIATE_TEST_SUITE_P(Executors, StatesOf,
                         ::testing::ValuesIn(testing::executor_names([](const ExecutorEntry& entry) {
                           return entry.missing.empty() && entry.kind != ExecutorEntry::Kind::serial;
                         })),
                         [](const auto& info) { return info.param; });

TEST(States, OfTheLoopAreAllInBodies) {
  Witness witness;
  const Tasks work(10, [&](std::size_t) { witness.compute(1'000'000); });
  States states;
  const json evidence = observe(states, work, "serial", 1, 3);
  expect_closed(evidence);
  EXPECT_EQ(evidence["seen"], 1);
  EXPECT_EQ(evidence["load_balance"], 1);
  EXPECT_GT(sum(evidence["phases"]["body"]), 0.9 * capacity(evidence)) << evidence;
}

TEST(States, OfCoroutinesAreBetweenTasks) {
  const auto workload = Workloads::find("sleep")->build(
      Values("sleep", Workloads::find("sleep")->parameters, {{"tasks", "200"}, {"duration", "1ms"}}), 1);
  States states;
  const json evidence = observe(states, *workload, "coroutines", 2, 5);
  expect_closed(evidence);
  EXPECT_FALSE(evidence["bodies"]);
  EXPECT_EQ(evidence["tasks"], 5 * 200);
  EXPECT_TRUE(evidence["load_balance"].is_null());
  EXPECT_GE(evidence["queued"]["tasks"], 15) << "one in sixteen of 1,000";
  EXPECT_GT(evidence["queued"]["mean"], 0);
  EXPECT_LT(evidence["queued"]["mean"], evidence["seconds"]);
  EXPECT_GT(evidence["phases"]["between"]["blocked"], 0.1 * evidence["seconds"].get<double>()) << evidence;
}

TEST(States, SayWhyWaitsForACpuAreNotKnown) {
  Witness witness;
  const Tasks work(10, [&](std::size_t) { witness.compute(1'000'000); });
  States states("/nowhere");
  const json evidence = observe(states, work, "pool", 2, 2);
  expect_closed(evidence);
  EXPECT_EQ(evidence["source"], "cpu");
  EXPECT_THAT(evidence["reason"].get<std::string>(), ::testing::HasSubstr("/nowhere/thread-self/schedstat"));
  for (const auto& phase : evidence["phases"]) EXPECT_TRUE(phase["ready"].is_null());
  for (const auto& thread : evidence["threads"]) EXPECT_TRUE(thread["ready"].is_null());
  EXPECT_GT(evidence["phases"]["body"]["running"], 0.5 * 0.02);
}

/// The observer goes while threads that it has seen live on: their end finds nothing of it.
TEST(States, AreGoneBeforeTheirThreads) {
  Witness witness;
  const Tasks work(8, [&](std::size_t) { witness.compute(100'000); });
  const auto entry = testing::executor("pool").options(3, 1);
  std::vector<std::uint64_t> digests(8);
  auto states = std::make_unique<States>();
  const Job job = states->wrap(work, entry).job(digests);
  const auto pool = testing::executor("pool").open({}, entry);
  states->begin(*pool);
  states->batch_begin();
  pool->run(job);
  states.reset();
}

}  // namespace
}  // namespace fanout
