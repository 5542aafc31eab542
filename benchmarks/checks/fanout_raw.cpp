// What each library costs by itself: loops as a programmer would write them by hand, over the tasks of `overhead` and
// `spin`, with the task's body inlined and nothing of the harness around it; beside each the same tasks under Fanout's
// executor. Both add to their digests, as the law wants it; a third loop stores them, which is what the law costs.
// `scripts/fanout check overhead` asks for one executor a process, its loops interleaved.

#include <benchmark/benchmark.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cmath>
#include <iostream>
#include <memory>
#include <vector>

#include "benchmarks/checks/initialize.hpp"
#include "benchmarks/checks/loops.hpp"
#include "benchmarks/ledger.hpp"
#include "benchmarks/machine.hpp"
#include "benchmarks/selection.hpp"
#include "benchmarks/spread.hpp"
#include "system/spin_chain.hpp"

namespace {

using namespace fanout::loops;

constexpr double kLeadIn = 0.001;  // seconds of untimed batches: the threads come over from the other loop

struct Settings {
  unsigned workers = 2;
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
  Trio(const fanout::Cell& cell, const Settings& settings, const Result& result)
      : workload_(cell.workload->build(cell.values, 1)),
        ledger_(*workload_),
        job_(ledger_.job(*workload_)),
        added_(workload_->tasks()),
        stored_(workload_->tasks()),
        result_(result),
        loop_{settings.workers},
        executor_(cell.executor->open(
            {cell.workload, cell.values, 1},
            cell.executor->options(settings.workers, static_cast<unsigned>(fanout::effective_cpus())))) {
    repeat(settings.warmup, [this] { raw(), stored(), harness(); });
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
      if (!*loops) *loops = std::make_unique<Loops>(cell, settings, result);
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

fanout::Cell cell_of(const std::string& workload, const std::string& executor, unsigned workers,
                     std::vector<std::string> settings) {
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
  add<Loop>(cell_of("overhead", executor, settings.workers, {}), settings, [](std::size_t i) { return 1 + i; });
  const std::string rate = "spin.rate=" + std::to_string(std::llround(settings.rate));
  const auto rounds = static_cast<std::uint64_t>(10 * std::llround(settings.rate));
  add<Loop>(cell_of("spin", executor, settings.workers, {rate}), settings,
            [rounds](std::size_t i) { return fanout::SpinChain::walk(1 + i, rounds); });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Hand-written loops over the tasks of overhead and spin. --benchmark_* flags work as usual.",
               "fanout-raw");
  Settings settings;
  app.allow_extras();
  app.add_option("--workers", settings.workers, "workers of every loop (default: 2)")->check(CLI::Range(1, 4096));
  app.add_option("--warmup", settings.warmup, "seconds of batches before the timed ones (default: 0.12)");
  app.add_option("--rate", settings.rate,
                 "spin's rounds in a microsecond, as fanout-bench reports them; 0: calibrate now");
  CLI11_PARSE(app, argc, argv);
  if (settings.rate == 0) settings.rate = fanout::SpinChain::calibrate();
  if (!fanout::initialize_benchmark(argv[0], app.remaining())) return 2;

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
