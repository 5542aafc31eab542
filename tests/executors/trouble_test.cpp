#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <thread>

#include "tests/tiny.hpp"

namespace fanout {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using testing::Tasks;

bool any(const ExecutorEntry&) { return true; }
bool processes(const ExecutorEntry& entry) { return entry.kind == ExecutorEntry::Kind::processes; }

class Trouble : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!entry.missing.empty()) GTEST_SKIP() << entry.missing;
  }

  /// What run() throws; empty if it does not.
  Error error_of(Executor& executor, const Workload& workload) {
    try {
      executor.run(workload.job(digests.span()));
    } catch (...) {
      return caught();
    }
    return Error("");
  }

  std::string message_of(Executor& executor, const Workload& workload) { return error_of(executor, workload).what(); }

  /// That of a batch which, where there is nothing to throw, keeps the law.
  std::string message_of(Executor& executor, const Workload& workload, Ledger& ledger) {
    try {
      testing::expect_law(executor, workload, ledger);
    } catch (...) {
      return caught().what();
    }
    return "";
  }

  const ExecutorEntry& entry = testing::executor(GetParam());
  const SharedArray<std::uint64_t> digests{100};
};

/// The message arrives, and the same workers run the next batch as if nothing had happened.
TEST_P(Trouble, ThrowingTaskMakesRunThrow) {
  for (const unsigned workers : {1U, 2U, 5U}) {
    const Shared<std::atomic<int>> running;
    const Tasks bad(100, [&](std::size_t i) {
      ++*running;
      if (i % 10 == 7) {
        --*running;
        throw std::runtime_error("task " + std::to_string(i) + " is broken");
      }
      std::this_thread::sleep_for(std::chrono::microseconds(10));
      --*running;
    });
    Tasks good(100, [](std::size_t) {});
    Ledger ledger(good);
    const auto executor = testing::start(entry, workers);
    for (int round = 0; round < 3; ++round) {
      EXPECT_THAT(message_of(*executor, bad), AllOf(HasSubstr("task "), HasSubstr("7 is broken")));
      EXPECT_EQ(*running, 0) << "a worker was still at work";
      ASSERT_EQ(message_of(*executor, good, ledger), "");
    }
  }
}

/// What the system refused arrives as its error number, also from another process.
TEST_P(Trouble, CauseOfAThrownErrorArrives) {
  const Tasks refused(10, [](std::size_t i) {
    if (i == 4) throw std::bad_alloc();
  });
  const auto executor = testing::start(entry, 2);
  EXPECT_EQ(error_of(*executor, refused).cause.error, ENOMEM);
}

TEST_P(Trouble, SomethingElseThrownIsReportedToo) {
  const Tasks odd(10, [](std::size_t i) {
    if (i == 4) throw 42;  // NOLINT: what a careless task may do
  });
  const auto executor = testing::start(entry, 2);
  EXPECT_ANY_THROW(executor->run(odd.job(digests.span())));
}

INSTANTIATE_TEST_SUITE_P(All, Trouble, ::testing::ValuesIn(testing::executor_names(any)),
                         [](const auto& info) { return info.param; });

class Death : public Trouble {};

TEST_P(Death, OfAWorkerNamesSignalAndTask) {
  for (const unsigned workers : {1U, 2U, 5U}) {
    const Tasks fatal(100, [parent = getpid()](std::size_t i) {
      ASSERT_NE(getpid(), parent);
      if (i == 42) std::raise(SIGKILL);
    });
    const auto executor = testing::start(entry, workers);
    const Error error = error_of(*executor, fatal);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("signal 9 (Killed)"), HasSubstr("during task 42")));
    EXPECT_EQ(error.cause.signal, SIGKILL);
    EXPECT_EQ(error.cause.task, 42U);
    EXPECT_GT(error.cause.worker.value_or(0), 1);
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a worker was left behind";
    EXPECT_EQ(errno, ECHILD);
  }
}

/// Batches may be over before anybody misses a worker: neither the look between them nor the end may.
TEST_P(Death, BetweenBatchesIsToldWhoeverLooksFirst) {
  Tasks good(100, [](std::size_t) {});
  for (const auto look : {&Executor::require_workers, &Executor::close}) {
    for (const bool dies : {true, false}) {
      Ledger ledger(good);
      const auto executor = testing::start(entry, 3);
      testing::expect_law(*executor, good, ledger);
      if (executor->processes().empty()) GTEST_SKIP() << "a process ends with its task, and run() reaps it";
      const pid_t victim = dies ? testing::kill_worker(*executor) : 0;
      try {
        (*executor.*look)();
        EXPECT_FALSE(dies) << "nobody told of " << victim;
      } catch (const Error& error) {
        EXPECT_EQ(error.cause.signal, SIGKILL);
        EXPECT_EQ(error.cause.worker, victim);
        EXPECT_THAT(error.what(), AllOf(HasSubstr("signal 9 (Killed)"), HasSubstr("between tasks")));
      }
    }
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a worker was left behind";
  }
}

/// Refusing is fine, and so is working; an old error is neither.
TEST_P(Death, LeavesNothingToTheNextBatch) {
  const Tasks fatal(100, [](std::size_t i) {
    if (i == 0) throw std::runtime_error("an old story");
    if (i == 50) std::raise(SIGKILL);
  });
  Tasks good(100, [](std::size_t) {});
  Ledger ledger(good);
  const auto executor = testing::start(entry, 2);
  EXPECT_THAT(message_of(*executor, fatal), HasSubstr("signal 9"));
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(message_of(*executor, good, ledger), AnyOf("", HasSubstr("signal 9")));
  }
}

TEST_P(Death, ByExitIsNoSuccess) {
  const Tasks quitter(10, [](std::size_t i) {
    if (i == 3) _exit(5);
  });
  const auto executor = testing::start(entry, 2);
  EXPECT_THAT(message_of(*executor, quitter), AllOf(HasSubstr("exit status 5"), HasSubstr("during task 3")));
}

/// A worker that leaves with 0 in the middle of a task has not done it.
TEST_P(Death, ByLeavingInPeaceIsNoSuccess) {
  const Tasks deserter(10, [](std::size_t i) {
    if (i == 3) _exit(0);
  });
  const auto executor = testing::start(entry, 2);
  EXPECT_THAT(message_of(*executor, deserter), HasSubstr("task 3"));
}

TEST_P(Death, LeavesNobodyBehindWhenTheParentIsKilled) {
  const Shared<std::atomic<pid_t>> worker;
  const Tasks slow(4, [&](std::size_t) {
    *worker = getpid();
    std::this_thread::sleep_for(std::chrono::seconds(60));
  });
  const pid_t parent = fork();
  if (parent == 0) {
    testing::start(entry, 2)->run(slow.job(digests.span()));
    _exit(0);
  }
  ASSERT_GT(parent, 0);
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (*worker == 0 && std::chrono::steady_clock::now() < patience) usleep(1000);
  ASSERT_NE(*worker, 0);
  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);
  // The orphan is reaped by whoever adopts it, at once or not: it must at least be dead.
  const auto dead = [&] {
    std::string state;
    if (FILE* file = fopen(("/proc/" + std::to_string(*worker) + "/stat").c_str(), "r")) {
      char letter = '?';
      if (fscanf(file, "%*d (%*[^)]) %c", &letter) == 1) state = letter;
      fclose(file);
    }
    return state.empty() || state == "Z";
  };
  while (!dead() && std::chrono::steady_clock::now() < patience) usleep(1000);
  EXPECT_TRUE(dead());
}

INSTANTIATE_TEST_SUITE_P(Processes, Death, ::testing::ValuesIn(testing::executor_names(processes)),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace fanout
