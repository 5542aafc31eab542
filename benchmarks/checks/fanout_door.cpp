// Empty tasks from inside, which are those of `overhead`, and the same from a plug-in, fanout-empty: two loops in one
// process and under one executor, so that they share its workers, their CPUs and the pages' luck. `scripts/fanout check
// plugin` asks for one executor a process.

#include <benchmark/benchmark.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <vector>

#include "benchmarks/checks/initialize.hpp"
#include "benchmarks/ledger.hpp"
#include "benchmarks/machine.hpp"
#include "benchmarks/plugin/loader.hpp"
#include "benchmarks/spread.hpp"
#include "executors/executor.hpp"

namespace {

constexpr double kWarmup = 0.05;   // seconds of untimed batches of both
constexpr double kLeadIn = 0.001;  // seconds of untimed batches: caches come over from the other loop

/// The batches of one workload.
class Batches {
 public:
  explicit Batches(const char* workload)
      : workload_(build(*fanout::Workloads::find(workload))), ledger_(*workload_), job_(ledger_.job(*workload_)) {}

  void operator()(fanout::Executor& executor) {
    executor.run(job_);
    ledger_.close_batch();
  }

  void require_law() const {
    if (const auto broken = ledger_.broken()) throw std::logic_error(*broken);
  }

 private:
  static std::unique_ptr<fanout::Workload> build(const fanout::WorkloadEntry& entry) {
    return entry.build(fanout::Values(entry.name, entry.parameters, {}), 1);
  }

  std::unique_ptr<fanout::Workload> workload_;
  fanout::Ledger ledger_;
  fanout::Job job_;
};

template <class Batch>
void repeat(double seconds, const Batch& batch) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  do batch();
  while (Clock::now() < end);
}

int run(const std::string& executor, unsigned workers) {
  const fanout::ExecutorEntry* entry = fanout::Executors::find(executor);
  if (entry == nullptr || !entry->missing.empty()) throw std::runtime_error("there is no executor " + executor);
  Batches inside("overhead");
  Batches door("empty");
  const auto opened = entry->open({}, entry->options(workers, static_cast<unsigned>(fanout::effective_cpus())));
  const auto both = [&] { inside(*opened), door(*opened); };
  repeat(kWarmup, both);
  fanout::Spread()(opened->processes(), both);
  const std::string name = "empty/" + executor + "/workers:" + std::to_string(workers) + "/loop:";
  const auto add = [&](const char* loop, Batches& batches) {
    benchmark::RegisterBenchmark((name + loop).c_str(), [&](benchmark::State& state) {
      repeat(kLeadIn, [&] { batches(*opened); });
      for ([[maybe_unused]] auto timed : state) batches(*opened);
    })->UseRealTime();
  };
  add("inside", inside);
  add("door", door);
  benchmark::RunSpecifiedBenchmarks();
  inside.require_law();
  door.require_law();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Empty tasks from inside and from a plug-in. --benchmark_* flags work as usual.", "fanout-door");
  std::string executor = "pool";
  unsigned workers = 1;
  app.allow_extras();
  app.add_option("--executor", executor, "which one (default: pool)");
  app.add_option("--workers", workers, "how many (default: 1)")->check(CLI::Range(1, 4096));
  CLI11_PARSE(app, argc, argv);
  if (!fanout::initialize_benchmark(argv[0], app.remaining())) return 2;
  try {
    fanout::load_plugin(std::filesystem::read_symlink("/proc/self/exe").parent_path() / "fanout-empty.so");
    return run(executor, workers);
  } catch (const std::exception& error) {
    std::cerr << "fanout-door: " << error.what() << "\n";
    return 1;
  }
}
