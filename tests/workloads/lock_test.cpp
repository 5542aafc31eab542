// The workload lock: totals that add up under every lock, and what does not lock found out.

#include <sched.h>

#include <csignal>
#include <thread>

#include "executors/support/child.hpp"
#include "tests/workloads/batches.hpp"
#include "workloads/lock/counted_sections.hpp"
#include "workloads/lock/critical_section.hpp"

namespace fanout {
namespace {

using testing::complaint;
using testing::complaint_of_count;
using testing::run;

using ::testing::AllOf;
using ::testing::HasSubstr;
using Given = std::map<std::string, std::string>;

const WorkloadEntry& lock_entry() { return *Workloads::find("lock"); }

std::unique_ptr<Workload> make(const Given& given) {
  return lock_entry().build(Values("lock", lock_entry().parameters, given), 3);
}

class EachLock : public ::testing::TestWithParam<std::string> {
 protected:
  void expect_exact(Given given, int batches = 2) {
    given["kind"] = GetParam();
    const auto workload = make(given);
    std::uint64_t seen = 0;
    for (const std::string executor : {"serial", "pool", "std_thread", "fork_pool", "fork_each"}) {
      for (const unsigned workers : {1U, 7U}) {
        SCOPED_TRACE(executor + " on " + std::to_string(workers));
        run(*workload, executor, executor == "serial" ? 1 : workers, batches);
        seen += batches * workload->tasks();
        EXPECT_EQ(workload->completed(), seen);
      }
    }
  }
};

TEST_P(EachLock, AddsUpUnderThreadsAndProcesses) { expect_exact({{"tasks", "150"}, {"sections", "20"}}); }

/// Workers are interrupted inside.
TEST_P(EachLock, AddsUpWithAllTheWorkInside) {
  expect_exact({{"tasks", "14"}, {"sections", "3"}, {"work", "100000"}, {"inside", "100"}}, 1);
}

TEST_P(EachLock, AddsUpOverManyCountersAndReads) {
  for (const std::string layout : {"packed", "padded"}) {
    expect_exact({{"tasks", "37"}, {"sections", "7"}, {"reads", "90"}, {"slots", "13"}, {"layout", layout}}, 1);
  }
}

TEST_P(EachLock, LiesInSharedMemory) {
  EXPECT_EQ(make({{"kind", GetParam()}})->state(), Workload::State::shared);
  EXPECT_EQ(make({{"kind", GetParam()}, {"tasks", "0"}})->completed(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Lock, EachLock, ::testing::ValuesIn(lock_entry().parameters.front().choices),
                         [](const auto& info) { return info.param; });

TEST(Lock, SemaphoreOfSeveralPermitsAddsUp) {
  for (const std::string permits : {"2", "5", "4096"}) {
    const auto workload = make({{"kind", "semaphore"}, {"permits", permits}, {"tasks", "200"}, {"inside", "100"}});
    run(*workload, "pool", 7);
    run(*workload, "fork_pool", 7);
    EXPECT_EQ(workload->completed(), 400U) << permits;
  }
}

TEST(Lock, PermitsAreForSemaphores) {
  const auto name = [](const Given& given) { return Values("lock", lock_entry().parameters, given).name(); };
  EXPECT_THAT(name({{"kind", "semaphore"}, {"permits", "3"}}), HasSubstr("/permits:3/"));
  EXPECT_THAT(name({}), ::testing::Not(HasSubstr("permits")));
  EXPECT_EQ(complaint([&] { (void)name({{"permits", "3"}}); }), "--set=lock.permits=3: only for lock.kind=semaphore");
}

/// Lets in two at a time, and only together.
class Pairs {
 public:
  void lock() {
    const unsigned mine = arrived_++;
    while (arrived_ <= (mine | 1U)) sched_yield();
  }
  void unlock() {}

 private:
  std::atomic<unsigned> arrived_ = 0;
};

/// Under processes: the thread sanitizer, which would find it out too, sees no further than one. The sections are
/// longer than the slices of time that the kernel deals out, so that they overlap on a single CPU too.
TEST(Lock, LockThatLetsTwoInLosesUpdates) {
  LockedSections<Pairs> broken({.tasks = 2, .sections = 3, .inside = 30'000'000});
  run(broken, "fork_pool", 2);
  EXPECT_THAT(complaint_of_count(broken), AllOf(HasSubstr("the counters stand at "), HasSubstr("of the 6 that a")));
}

TEST(Lock, PartOfABatchDoesNotAddUp) {
  const auto workload = make({{"tasks", "5"}});
  run(*workload, "serial", 1, 2);
  std::vector<std::uint64_t> digests(5);
  workload->run(0, 4, digests);
  EXPECT_EQ(
      complaint_of_count(*workload),
      "the counters stand at 140, not at a multiple of the 50 that a batch adds: updates were lost, or made twice");
  workload->run(4, 5, digests);
  EXPECT_EQ(workload->completed(), 15U);
}

/// Nobody waits for a dead worker where the mutex can tell, and nobody goes on as if nothing had happened.
TEST(Lock, DeathOfTheHolderIsNoticed) {
  const Shared<ProcessMutex> mutex;
  EXPECT_NE(Child([&] {
              mutex->lock();
              std::raise(SIGKILL);
            }).reap(),
            std::nullopt);
  for (int round = 0; round < 2; ++round)
    EXPECT_THAT(complaint([&] { mutex->lock(); }), HasSubstr("a worker died while it held the lock"));
}

TEST(Lock, RecursiveMutexMayBeLockedAgain) {
  const Shared<RecursiveMutex> mutex;
  mutex->lock();
  mutex->lock();
  mutex->unlock();
  mutex->unlock();
  Child([&] {
    mutex->lock();
    mutex->unlock();
  }).reap();
}

TEST(Lock, SharedMutexLetsReadersInTogether) {
  const Shared<SharedMutex> mutex;
  mutex->lock_shared();
  EXPECT_EQ(Child([&] {
              mutex->lock_shared();
              mutex->unlock_shared();
            }).reap(),
            std::nullopt);
  mutex->unlock_shared();
}

}  // namespace
}  // namespace fanout
