// What each library costs by itself: loops as a programmer would write them by hand, over the tasks of `overhead` and
// `spin`, with the task's body inlined and nothing of the harness around it; beside each the same tasks under Fanout's
// executor. `scripts/fanout run --check-overhead` asks for one executor a process, the two loops interleaved.

#include <benchmark/benchmark.h>
#include <omp.h>
#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <iostream>
#include <memory>
#include <thread>
#include <vector>

#include "benchmarks/machine.hpp"
#include "benchmarks/selection.hpp"
#include "benchmarks/spread.hpp"
#include "system/spin_chain.hpp"

namespace {

using Range = tbb::blocked_range<std::size_t>;

constexpr double kLeadIn = 0.001;  // seconds of untimed batches: the threads come over from the other loop

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

struct Settings {
  double warmup = 0.12;  // seconds of batches before the timed ones
  double rate = 0;       // spin's rounds in a microsecond
};

/// One executor twice over in one process: by hand, and as the harness runs it. They share the runtime's threads, the
/// CPUs that these were given and the pages' luck, which differ between processes by more than what is asked here.
template <class Loop, class Body>
class Pair {
 public:
  template <class Make>
  Pair(const fanout::Cell& cell, double warmup, const Make& make_body)
      : workload_(cell.workload->build(cell.values, 1)),
        digests_(workload_->tasks()),
        job_{workload_.get(), digests_},
        raw_digests_(workload_->tasks()),
        body_(make_body(raw_digests_.data())),
        executor_(cell.executor->open({.workers = workers, .cpus = static_cast<unsigned>(fanout::effective_cpus())})) {
    repeat(warmup, [this] { raw(), harness(); });
    fanout::Spread()({}, [this] { raw(), harness(); });
    if (digests_ != raw_digests_) throw std::logic_error(cell.name() + ": the loops differ in what they do");
  }

  void raw() { loop_(workload_->tasks(), body_); }
  void harness() { executor_->run(job_); }

  template <class Batch>
  static void repeat(double seconds, const Batch& batch) {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::duration<double>(seconds);
    do batch();
    while (Clock::now() < end);
  }

 private:
  std::unique_ptr<fanout::Workload> workload_;
  std::vector<std::uint64_t> digests_;
  fanout::Job job_;
  std::vector<std::uint64_t> raw_digests_;
  Body body_;
  Loop loop_;
  std::unique_ptr<fanout::Executor> executor_;
};

/// Registers both loops over the cell's tasks as benchmarks of their own, to be interleaved.
template <class Loop, class Make>
void add(const fanout::Cell& cell, const Settings& settings, const Make& make_body) {
  using Both = Pair<Loop, decltype(make_body(nullptr))>;
  const auto both = std::make_shared<std::unique_ptr<Both>>();  // opened by whichever comes first, if any is wanted
  const auto add_one = [&](const std::string& name, void (Both::*batch)()) {
    benchmark::RegisterBenchmark((cell.name() + "/loop:" + name).c_str(), [=](benchmark::State& state) {
      if (!*both) *both = std::make_unique<Both>(cell, settings.warmup, make_body);
      const auto run = [&] { (both->get()->*batch)(); };
      Both::repeat(kLeadIn, run);
      for ([[maybe_unused]] auto timed : state) {
        run();
        benchmark::ClobberMemory();
      }
    })->UseRealTime();
  };
  add_one("raw", &Both::raw);
  add_one("harness", &Both::harness);
}

fanout::Cell cell_of(const std::string& workload, const std::string& executor, std::vector<std::string> settings) {
  const auto cells = fanout::select({.workloads = {workload},
                                     .executors = {executor},
                                     .workers = {std::to_string(workers)},
                                     .settings = std::move(settings),
                                     .filter = {}},
                                    workers);
  return cells.front();
}

template <class Loop>
void add_both(const std::string& executor, const Settings& settings) {
  add<Loop>(cell_of("overhead", executor, {}), settings,
            [](std::uint64_t* digests) { return [digests](std::size_t i) { digests[i] = 1 + i; }; });
  const std::string rate = "spin.rate=" + std::to_string(std::llround(settings.rate));
  const auto rounds = static_cast<std::uint64_t>(10 * std::llround(settings.rate));
  add<Loop>(cell_of("spin", executor, {rate}), settings, [rounds](std::uint64_t* digests) {
    return [digests, rounds](std::size_t i) { digests[i] = fanout::SpinChain::walk(1 + i, rounds); };
  });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Hand-written loops over the tasks of overhead and spin. --benchmark_* flags work as usual.",
               "fanout-raw");
  Settings settings;
  app.allow_extras();
  app.add_option("--workers", workers, "workers of every loop (default: 2)")->check(CLI::Range(1, 4096));
  app.add_option("--warmup", settings.warmup, "seconds of batches before the timed ones (default: 0.12)");
  app.add_option("--rate", settings.rate,
                 "spin's rounds in a microsecond, as fanout-bench reports them; 0: calibrate now");
  CLI11_PARSE(app, argc, argv);
  if (settings.rate == 0) settings.rate = fanout::SpinChain::calibrate();

  std::vector<std::string> rest = app.remaining();
  std::vector<char*> flags{argv[0]};
  for (std::string& flag : rest) flags.push_back(flag.data());
  int count = static_cast<int>(flags.size());
  flags.push_back(nullptr);
  benchmark::Initialize(&count, flags.data());
  if (benchmark::ReportUnrecognizedArguments(count, flags.data())) return 2;

  add_both<StdThread>("std_thread", settings);
  add_both<TbbFor<tbb::auto_partitioner>>("tbb", settings);
  add_both<TbbFor<tbb::simple_partitioner>>("tbb_grain1", settings);
  add_both<TbbTasks>("tbb_tasks", settings);
  add_both<OpenmpStatic>("openmp_static", settings);
  add_both<OpenmpDynamic>("openmp_dynamic", settings);
  add_both<OpenmpTasks>("openmp_tasks", settings);
  const auto count_run = benchmark::RunSpecifiedBenchmarks();
  benchmark::ClearRegisteredBenchmarks();  // ends the workers while their libraries still stand
  return count_run > 0 ? 0 : 2;
}
