// What each library costs by itself: loops as a programmer would write them by hand, over the tasks of `overhead` and
// `spin`, with the task's body inlined and nothing of the harness around it. `scripts/fanout run --check-overhead` sets
// these times beside those of fanout-bench, which carry the same names.

#include <benchmark/benchmark.h>
#include <omp.h>
#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <thread>
#include <vector>

#include "benchmarks/spread.hpp"
#include "workloads/spin_chain.hpp"

namespace {

using Range = tbb::blocked_range<std::size_t>;

unsigned workers = 2;

struct StdThread {
  template <class Body>
  void operator()(std::size_t tasks, const Body& body) {
    std::vector<std::thread> running(workers);
    for (std::size_t i = 0; i < tasks; ++i) {
      std::thread& place = running[i % workers];
      if (place.joinable()) place.join();
      place = std::thread(body, i);
    }
    for (std::thread& thread : running) {
      if (thread.joinable()) thread.join();
    }
  }
};

template <class Partitioner>
struct TbbFor {
  template <class Body>
  void operator()(std::size_t tasks, const Body& body) {
    arena.execute([&] {
      tbb::parallel_for(
          Range(0, tasks, 1),
          [&](const Range& range) {
            for (std::size_t i = range.begin(); i < range.end(); ++i) body(i);
          },
          Partitioner());
    });
  }
  tbb::global_control limit{tbb::global_control::max_allowed_parallelism, workers};
  tbb::task_arena arena{static_cast<int>(workers)};
};

struct TbbTasks {
  template <class Body>
  void operator()(std::size_t tasks, const Body& body) {
    arena.execute([&] {
      tbb::task_group group;
      for (std::size_t i = 0; i < tasks; ++i) group.run([&body, i] { body(i); });
      group.wait();
    });
  }
  tbb::global_control limit{tbb::global_control::max_allowed_parallelism, workers};
  tbb::task_arena arena{static_cast<int>(workers)};
};

struct OpenmpStatic {
  template <class Body>
  void operator()(std::size_t tasks, const Body& body) {
#pragma omp parallel for schedule(static) num_threads(workers)
    for (std::size_t i = 0; i < tasks; ++i) body(i);
  }
};

struct OpenmpDynamic {
  template <class Body>
  void operator()(std::size_t tasks, const Body& body) {
#pragma omp parallel for schedule(dynamic, 1) num_threads(workers)
    for (std::size_t i = 0; i < tasks; ++i) body(i);
  }
};

struct OpenmpTasks {
  template <class Body>
  void operator()(std::size_t tasks, const Body& body) {
#pragma omp parallel num_threads(workers)
#pragma omp single
    for (std::size_t i = 0; i < tasks; ++i) {
#pragma omp task firstprivate(i) shared(body)
      body(i);
    }
  }
};

/// Times warm batches of one loop over one body, as fanout-bench does.
template <class Loop, class Body>
void add(const std::string& name, std::size_t tasks, double warmup, const Body& make_body) {
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
    using Clock = std::chrono::steady_clock;
    Loop loop;
    std::vector<std::uint64_t> digests(tasks);
    const auto body = make_body(digests.data());
    const auto end = Clock::now() + std::chrono::duration<double>(warmup);
    do loop(tasks, body);
    while (Clock::now() < end);
    fanout::Spread()({}, [&] { loop(tasks, body); });
    for ([[maybe_unused]] auto batch : state) {
      loop(tasks, body);
      benchmark::ClobberMemory();
    }
  })->UseRealTime();
}

template <class Loop>
void add_both(const std::string& executor, double warmup, double rate) {
  const std::string cell = "/" + executor + "/workers:" + std::to_string(workers);
  add<Loop>("overhead" + cell + "/tasks:10000", 10'000, warmup,
            [](std::uint64_t* digests) { return [digests](std::size_t i) { digests[i] = 1 + i; }; });
  const auto rounds = static_cast<std::uint64_t>(10 * rate);
  add<Loop>("spin" + cell + "/tasks:1000/duration:10us", 1'000, warmup, [rounds](std::uint64_t* digests) {
    return [digests, rounds](std::size_t i) { digests[i] = fanout::SpinChain::walk(1 + i, rounds); };
  });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Hand-written loops over the tasks of overhead and spin. --benchmark_* flags work as usual.",
               "fanout-raw");
  double warmup = 0.12;
  double rate = 0;
  app.allow_extras();
  app.add_option("--workers", workers, "workers of every loop (default: 2)")->check(CLI::Range(1, 4096));
  app.add_option("--warmup", warmup, "seconds of batches before the timed ones (default: 0.12)");
  app.add_option("--rate", rate, "spin's rounds in a microsecond, as fanout-bench reports them; 0: calibrate now");
  CLI11_PARSE(app, argc, argv);
  if (rate == 0) rate = fanout::SpinChain::calibrate();

  std::vector<std::string> rest = app.remaining();
  std::vector<char*> flags{argv[0]};
  for (std::string& flag : rest) flags.push_back(flag.data());
  int count = static_cast<int>(flags.size());
  flags.push_back(nullptr);
  benchmark::Initialize(&count, flags.data());
  if (benchmark::ReportUnrecognizedArguments(count, flags.data())) return 2;

  add_both<StdThread>("std_thread", warmup, rate);
  add_both<TbbFor<tbb::auto_partitioner>>("tbb", warmup, rate);
  add_both<TbbFor<tbb::simple_partitioner>>("tbb_grain1", warmup, rate);
  add_both<TbbTasks>("tbb_tasks", warmup, rate);
  add_both<OpenmpStatic>("openmp_static", warmup, rate);
  add_both<OpenmpDynamic>("openmp_dynamic", warmup, rate);
  add_both<OpenmpTasks>("openmp_tasks", warmup, rate);
  return benchmark::RunSpecifiedBenchmarks() > 0 ? 0 : 2;
}
