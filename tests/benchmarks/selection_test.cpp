#include "benchmarks/selection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fanout {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> names(const Request& request, unsigned cpus = 3) {
  std::vector<std::string> list;
  for (const Cell& cell : select(request, cpus)) list.push_back(cell.name());
  return list;
}

std::string refusal(const Request& request) {
  try {
    select(request, 3);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Select, CrossesWhatIsAskedFor) {
  EXPECT_THAT(
      names({.workloads = {"math"},
             .executors = {"pool"},
             .workers = {"1", "max", "3"},
             .settings = {"math.kernel=pi,primes", "math.tasks=8", "math.size=10"}}),
      ElementsAre("math/pool/workers:1/kernel:pi/tasks:8/size:10", "math/pool/workers:3/kernel:pi/tasks:8/size:10",
                  "math/pool/workers:1/kernel:primes/tasks:8/size:10",
                  "math/pool/workers:3/kernel:primes/tasks:8/size:10"));
}

TEST(Select, SerialHasOneWorker) {
  EXPECT_THAT(names({.workloads = {"overhead"}, .executors = {"serial"}, .workers = {"1", "2", "4"}}),
              ElementsAre("overhead/serial/workers:1/tasks:10000"));
}

/// Once a threading runtime has run in a process, forking from it is no longer safe.
/// Only executors that declare a parameter are multiplied by its values; lifecycles belong to all.
TEST(Select, CrossesAnExecutorsParametersAndLifecycles) {
  const Request request{.workloads = {"overhead"},
                        .executors = {"coroutines", "fork_pipe", "pool"},
                        .workers = {"2"},
                        .settings = {"overhead.tasks=5", "coroutines.in_flight=8,all,8", "fork_pipe.grain=1"}};
  EXPECT_THAT(
      names(request),
      ElementsAre("overhead/fork_pipe/workers:2/grain:1/tasks:5", "overhead/coroutines/workers:2/in_flight:8/tasks:5",
                  "overhead/coroutines/workers:2/in_flight:all/tasks:5", "overhead/pool/workers:2/tasks:5"));
  EXPECT_THAT(names({.workloads = {"overhead"},
                     .executors = {"pool"},
                     .workers = {"1"},
                     .lifecycle = "both",
                     .settings = {"overhead.tasks=5"}}),
              ElementsAre("overhead/pool/workers:1/tasks:5", "overhead/pool/workers:1/lifecycle:cold/tasks:5"));
}

TEST(Select, RefusesWhatAnExecutorDoesNotTake) {
  for (const std::string value : {"0", "-1", "1x", "auto", "1000001", ""})
    EXPECT_THAT(refusal({.settings = {"coroutines.in_flight=" + value}}),
                HasSubstr("--set=coroutines.in_flight=" + value + ": accepted: 1 .. 1000000 (tasks), or all"));
  for (const std::string value : {"0", "all", "2.5"})
    EXPECT_THAT(refusal({.settings = {"fork_pipe.grain=" + value}}),
                HasSubstr("accepted: 1 .. 1000000 (tasks), or auto"));
  EXPECT_THAT(refusal({.settings = {"pool.grain=1"}}), HasSubstr("pool has no such parameter; it has: none"));
  EXPECT_THAT(refusal({.executors = {"pool"}, .settings = {"fork_pipe.grain=1"}}),
              HasSubstr("fork_pipe is not among the selected"));
}

TEST(Select, ProcessExecutorsGoFirst) {
  bool threads_seen = false;
  for (const Cell& cell : select({}, 2)) {
    const bool processes = cell.executor->kind == ExecutorEntry::Kind::processes;
    EXPECT_FALSE(processes && threads_seen) << cell.name();
    threads_seen |= !processes;
  }
  EXPECT_TRUE(threads_seen);
}

TEST(Select, FiltersAsGoogleBenchmarkDoes) {
  const Request all{.workloads = {"overhead"}, .executors = {"pool", "serial"}, .workers = {"1", "16"}};
  Request request = all;
  request.filter = "workers:1";
  EXPECT_EQ(names(request).size(), 3U);  // not anchored: 16 matches too
  request.filter = "-serial";
  EXPECT_EQ(names(request).size(), 2U);
  request.filter = "nothing";
  EXPECT_THAT(refusal(request), HasSubstr("--benchmark_filter=nothing matches none"));
  request.filter = "(";
  EXPECT_THAT(refusal(request), HasSubstr("not a POSIX extended regular expression"));
}

TEST(Select, RefusesWithFlagAndAcceptedValues) {
  EXPECT_THAT(refusal({.workloads = {"maths"}}), AllOf(HasSubstr("--workloads=maths"), HasSubstr("math")));
  EXPECT_THAT(refusal({.executors = {"poo"}}), AllOf(HasSubstr("--executors=poo"), HasSubstr("pool")));
  EXPECT_THAT(refusal({.executors = {""}}), HasSubstr("--executors="));
  for (const std::string bad : {"0", "-1", "two", "1.5", "", "4097", "1x"})
    EXPECT_THAT(refusal({.workers = {bad}}), AllOf(HasSubstr("--workers=" + bad), HasSubstr("1 .. 4096, or max (3")))
        << bad;
  for (const std::string bad : {"math", "math.kernel", "=", "kernel=pi"})
    EXPECT_THAT(refusal({.settings = {bad}}), HasSubstr("owner.parameter=value")) << bad;
  EXPECT_THAT(refusal({.settings = {"maths.kernel=pi"}}), HasSubstr("nothing is called 'maths'"));
  EXPECT_THAT(refusal({.settings = {"math.kern=pi"}}), HasSubstr("it has: kernel"));
  EXPECT_THAT(refusal({.settings = {"math.kernel=pi", "math.kernel=primes"}}), HasSubstr("set twice"));
  EXPECT_THAT(refusal({.settings = {"spin.rate=500,700"}}), HasSubstr("takes one value"));
}

/// Known before anything runs, whichever of several cells it is.
TEST(Select, RefusesValuesThatDoNotFitTogether) {
  EXPECT_THAT(refusal({.settings = {"math.kernel=pi,matmul", "math.size=4097"}}), HasSubstr("matmul takes 1 .. 4096"));
  EXPECT_THAT(refusal({.settings = {"math.tasks=1000000", "math.size=1000000"}}), HasSubstr("up to 1000000000"));
  EXPECT_THAT(refusal({.settings = {"search.algorithm=linear,nqueens", "search.size=19"}}), HasSubstr("nqueens takes"));
  EXPECT_THAT(refusal({.settings = {"search.pattern="}}), HasSubstr("one character or more"));
}

}  // namespace
}  // namespace fanout
