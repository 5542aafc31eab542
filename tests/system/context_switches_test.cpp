#include "system/context_switches.hpp"

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <iterator>
#include <thread>
#include <vector>

#include "benchmarks/observer.hpp"
#include "system/perf_counter.hpp"
#include "tests/tiny.hpp"

namespace fanout {
namespace {

using Kind = ContextSwitch::Kind;

std::int64_t now() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

std::vector<ContextSwitch> drained(ContextSwitches& switches) {
  std::vector<ContextSwitch> found;
  switches.drain([&](const ContextSwitch& one) { found.push_back(one); });
  return found;
}

TEST(ContextSwitches, ASleepIsBlockedFromItsBeginToItsEnd) {
  ContextSwitches switches;
  if (switches.error() != 0) GTEST_SKIP() << strerrorname_np(switches.error());
  (void)drained(switches);
  const std::int64_t begin = now();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const std::int64_t end = now();
  const auto found = drained(switches);
  std::int64_t blocked = 0;
  for (std::size_t i = 0; i + 1 < found.size(); ++i) {
    EXPECT_LE(found[i].at, found[i + 1].at);
    if (found[i].kind != Kind::blocked) continue;
    EXPECT_EQ(found[i + 1].kind, Kind::in);
    EXPECT_GE(found[i].at, begin);
    EXPECT_LE(found[i + 1].at, end);
    blocked += found[i + 1].at - found[i].at;
  }
  EXPECT_GE(blocked, 18'000'000);
  for (const ContextSwitch& one : drained(switches)) EXPECT_GE(one.at, end) << "each is handed over once";
}

/// More switches than there is room for: the kernel says so when there is room again.
TEST(ContextSwitches, WhatWasLostIsSaid) {
  ContextSwitches switches;
  if (switches.error() != 0) GTEST_SKIP() << strerrorname_np(switches.error());
  const auto nap = [](int times) {
    for (int i = 0; i < times; ++i)
      std::this_thread::sleep_for(
          std::chrono::microseconds(20));  // much shorter ones are over before the CPU is given away
  };
  nap(3000);
  EXPECT_GT(drained(switches).size(), 1000U);
  nap(3);
  const auto found = drained(switches);
  EXPECT_GE(std::ranges::count(found, Kind::lost, &ContextSwitch::kind), 1);
}

/// As containers do: perf_event_open fails with this errno from now on, in this process.
void forbid(int error) {
  sock_filter filter[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_perf_event_open, 0, 1),
                          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)),
                          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog program{.len = std::size(filter), .filter = filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    _exit(77);
}

/// The timeline of a process that gets none has its tasks, and says why there are no states.
TEST(ContextSwitches, ARefusalIsPublished) {
  for (const int error : {ENOSYS, EPERM, EACCES, ENOENT}) {
    const pid_t child = fork();
    if (child == 0) {
      forbid(error);
      if (ContextSwitches().error() != error) _exit(1);
      testing::Tasks tasks(4, [](std::size_t) {});
      const auto observer = Observers::find("timeline")->make();
      const Options options = testing::executor("serial").options(1, 1);
      const Workload& observed = observer->wrap(tasks, options);
      const auto executor = testing::executor("serial").open({}, options);
      std::vector<std::uint64_t> digests(4);
      observer->begin(*executor);
      executor->run(static_cast<const Work&>(observed).job(digests));
      observer->end(*executor);
      observer->merge();
      const auto evidence = observer->evidence(1);
      if (evidence["reason"] != why_no_counter(error)) _exit(2);
      _exit(evidence["tracks"][0]["states"].is_null() && evidence["tracks"][0]["tasks"] == 4 ? 0 : 3);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "no seccomp here";
    EXPECT_EQ(status, 0) << strerrorname_np(error);
  }
}

}  // namespace
}  // namespace fanout
