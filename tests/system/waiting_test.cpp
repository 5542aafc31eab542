#include "system/waiting.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <latch>
#include <thread>

namespace fanout {
namespace {

using State = Waiting::State;

/// What is seen of a thread once it is as expected, or after a few seconds.
Waiting seen(pid_t process, pid_t thread, State state) {
  Waiting found = waiting(process, thread);
  for (int i = 0; i < 3000 && found.state != state; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    found = waiting(process, thread);
  }
  return found;
}

TEST(Waiting, NamesTheCallOfABlockedThread) {
  std::latch end(1);
  std::atomic<pid_t> thread = 0;
  std::jthread sleeper([&] {
    thread = gettid();
    end.wait();
  });
  while (thread == 0) std::this_thread::yield();
  const Waiting found = seen(getpid(), thread, State::blocked);
  end.count_down();
  if (found.state == State::unreadable) GTEST_SKIP() << found.what;
  EXPECT_EQ(found.state, State::blocked);
  EXPECT_EQ(found.what, "futex");
  sleeper.join();
  EXPECT_EQ(seen(getpid(), thread, State::gone).state, State::gone);
}

TEST(Waiting, SeesWhoRuns) {
  std::atomic<pid_t> thread = 0;
  std::jthread spinner([&](const std::stop_token& stop) {
    for (thread = gettid(); !stop.stop_requested();) {
    }
  });
  while (thread == 0) std::this_thread::yield();
  EXPECT_EQ(seen(getpid(), thread, State::running).state, State::running);
}

/// Not reaped yet: there is nothing that it waits for.
TEST(Waiting, DoesNotTakeTheDeadForBlocked) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  siginfo_t end{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &end, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(waiting(child, child).state, State::gone);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_EQ(waiting(child, child).state, State::gone);
}

/// A child without the right to look at its parent says so, and does not guess.
TEST(Waiting, SaysWhyItCannotRead) {
  const pid_t parent = getpid();
  const pid_t thread = gettid();
  ASSERT_EQ(prctl(PR_SET_DUMPABLE, 0), 0);
  const pid_t child = fork();
  if (child == 0) {
    if (getuid() == 0 && setuid(65534) != 0) _exit(3);
    const Waiting found = seen(parent, thread, State::unreadable);
    const bool said = found.what.starts_with("/proc/PID/task/TID/syscall: ") && found.what.size() > 30;
    _exit(found.state == State::unreadable && said ? 0 : 1);
  }
  int status = -1;
  const pid_t ended = waitpid(child, &status, 0);
  prctl(PR_SET_DUMPABLE, 1);
  ASSERT_EQ(ended, child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 3) GTEST_SKIP() << "no other user here";
  EXPECT_EQ(status, 0);
}

TEST(Waiting, HasNamesForWhatWorkersWaitIn) {
  EXPECT_EQ(call_name(-1), "no call");
  EXPECT_EQ(call_name(98765), "call 98765");
}

}  // namespace
}  // namespace fanout
