// What each library costs by itself: loops as a programmer would write them by hand, over the tasks of `overhead` and
// `spin`, with the task's body inlined and nothing of the harness around it; beside each the same tasks under Fanout's
// executor. Both add to their digests, as the law wants it; a third loop stores them, which is what the law costs.
// `scripts/fanout check overhead` asks for one executor a process, its loops interleaved.

#include <benchmark/benchmark.h>
#include <omp.h>
#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <iostream>
#include <memory>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

#include "benchmarks/ledger.hpp"
#include "benchmarks/machine.hpp"
#include "benchmarks/selection.hpp"
#include "benchmarks/spread.hpp"
#include "system/spin_chain.hpp"

namespace {

using Range = tbb::blocked_range<std::size_t>;

constexpr double kLeadIn = 0.001;  // seconds of untimed batches: the threads come over from the other loop

unsigned workers = 2;

/// A new thread starts as soon as any of those before it has ended.
struct StdThread {
  template <class Body>
  void operator()(std::size_t tasks, const Body& body) {
    std::mutex mutex;
    std::condition_variable freed;
    std::vector<unsigned> free(workers);
    std::iota(free.begin(), free.end(), 0U);
    std::vector<std::jthread> running(workers);
    for (std::size_t i = 0; i < tasks; ++i) {
      unsigned place = 0;
      {
        std::unique_lock lock(mutex);
        freed.wait(lock, [&] { return !free.empty(); });
        place = free.back();
        free.pop_back();
      }
      running[place] = std::jthread([&, i, place] {
        body(i);
        const std::scoped_lock lock(mutex);
        free.push_back(place);
        freed.notify_one();
      });
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

/// A batch's weight, by hand: in memory, as the harness has it.
std::atomic<std::uint64_t> weight = 1;

/// One executor in one process: by hand, adding and storing, and as the harness runs it. They share the runtime's
/// threads, the CPUs that these were given and the pages' luck, which differ between processes by more than what is
/// asked here.
template <class Loop, class Result>
class Trio {
 public:
  Trio(const fanout::Cell& cell, double warmup, const Result& result)
      : workload_(cell.workload->build(cell.values, 1)),
        ledger_(*workload_),
        job_(ledger_.job(*workload_)),
        added_(workload_->tasks()),
        stored_(workload_->tasks()),
        result_(result),
        executor_(
            cell.executor->open({cell.workload, cell.values, 1},
                                cell.executor->options(workers, static_cast<unsigned>(fanout::effective_cpus())))) {
    repeat(warmup, [this] { raw(), stored(), harness(); });
    fanout::Spread()({}, [this] { raw(), stored(), harness(); });
    if (const auto broken = ledger_.broken()) throw std::logic_error(cell.name() + ": " + *broken);
    const auto expected = workload_->expected();
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (added_[i] != batches_ * (expected[i] + weight) || stored_[i] != expected[i])
        throw std::logic_error(cell.name() + ": the loops differ in what they do");
    }
  }

  void raw() {
    loop_(job_.tasks, [digests = added_.data(), result = result_](std::size_t i) {
      digests[i] += result(i) + weight.load(std::memory_order_relaxed);
    });
    ++batches_;
  }
  void stored() {
    loop_(job_.tasks, [digests = stored_.data(), result = result_](std::size_t i) { digests[i] = result(i); });
  }
  void harness() {
    executor_->run(job_);
    ledger_.close_batch();
  }

  template <class Batch>
  static void repeat(double seconds, const Batch& batch) {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::duration<double>(seconds);
    do batch();
    while (Clock::now() < end);
  }

 private:
  std::unique_ptr<fanout::Workload> workload_;
  fanout::Ledger ledger_;
  fanout::Job job_;
  std::vector<std::uint64_t> added_;
  std::vector<std::uint64_t> stored_;
  std::uint64_t batches_ = 0;
  Result result_;
  Loop loop_;
  std::unique_ptr<fanout::Executor> executor_;
};

/// Registers the loops over the cell's tasks as benchmarks of their own, to be interleaved.
template <class Loop, class Result>
void add(const fanout::Cell& cell, const Settings& settings, const Result& result) {
  using Loops = Trio<Loop, Result>;
  const auto loops = std::make_shared<std::unique_ptr<Loops>>();  // opened by whichever comes first, if any is wanted
  const auto add_one = [&](const std::string& name, void (Loops::*batch)()) {
    benchmark::RegisterBenchmark((cell.name() + "/loop:" + name).c_str(), [=](benchmark::State& state) {
      if (!*loops) *loops = std::make_unique<Loops>(cell, settings.warmup, result);
      const auto run = [&] { (loops->get()->*batch)(); };
      Loops::repeat(kLeadIn, run);
      for ([[maybe_unused]] auto timed : state) {
        run();
        benchmark::ClobberMemory();
      }
    })->UseRealTime();
  };
  add_one("raw", &Loops::raw);
  add_one("stored", &Loops::stored);
  add_one("harness", &Loops::harness);
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
void add_all(const std::string& executor, const Settings& settings) {
  add<Loop>(cell_of("overhead", executor, {}), settings, [](std::size_t i) { return 1 + i; });
  const std::string rate = "spin.rate=" + std::to_string(std::llround(settings.rate));
  const auto rounds = static_cast<std::uint64_t>(10 * std::llround(settings.rate));
  add<Loop>(cell_of("spin", executor, {rate}), settings,
            [rounds](std::size_t i) { return fanout::SpinChain::walk(1 + i, rounds); });
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

  add_all<StdThread>("std_thread", settings);
  add_all<TbbFor<tbb::auto_partitioner>>("tbb", settings);
  add_all<TbbFor<tbb::simple_partitioner>>("tbb_grain1", settings);
  add_all<TbbTasks>("tbb_tasks", settings);
  add_all<OpenmpStatic>("openmp_static", settings);
  add_all<OpenmpDynamic>("openmp_dynamic", settings);
  add_all<OpenmpTasks>("openmp_tasks", settings);
  const auto count_run = benchmark::RunSpecifiedBenchmarks();
  benchmark::ClearRegisteredBenchmarks();  // ends the workers while their libraries still stand
  return count_run > 0 ? 0 : 2;
}
