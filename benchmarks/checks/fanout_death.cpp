// How long a worker's death goes unseen: from the signal that kills a worker of a process executor in the middle of a
// task to the exception that run() throws in its parent, the other workers' end included.

#include <benchmark/benchmark.h>

#include <chrono>
#include <csignal>

#include "benchmarks/machine.hpp"
#include "executors/executor.hpp"
#include "system/shared_memory.hpp"

namespace {

using Clock = std::chrono::steady_clock;

/// The first task notes the time and kills the process that runs it.
class Killer final : public fanout::Workload {
 public:
  std::size_t tasks() const override { return 100; }
  void run(std::size_t first, std::size_t /*last*/, std::span<std::uint64_t> /*out*/) const override {
    if (first != 0) return;
    *shot_ = Clock::now().time_since_epoch();
    std::raise(SIGKILL);
  }
  std::vector<std::uint64_t> expected() const override { return std::vector<std::uint64_t>(tasks()); }
  Clock::time_point shot() const { return Clock::time_point(*shot_); }

 private:
  fanout::Shared<Clock::duration> shot_;
};

void die(benchmark::State& state, const fanout::ExecutorEntry& entry, unsigned workers) {
  const Killer killer;
  const fanout::SharedArray<std::uint64_t> digests(killer.tasks());
  for ([[maybe_unused]] auto death : state) {
    const auto cpus = static_cast<unsigned>(fanout::effective_cpus());
    const auto executor = entry.open({}, entry.options(workers, cpus));
    try {
      executor->run(killer.job(digests.span()));
      state.SkipWithError("the death went unseen");
      break;
    } catch (const std::runtime_error&) {
      state.SetIterationTime(std::chrono::duration<double>(Clock::now() - killer.shot()).count());
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  for (const fanout::ExecutorEntry& entry : fanout::Executors::all()) {
    if (entry.kind != fanout::ExecutorEntry::Kind::processes) continue;
    for (const unsigned workers : {1U, 2U, 4U}) {
      benchmark::RegisterBenchmark(("death/" + entry.name + "/workers:" + std::to_string(workers)).c_str(),
                                   [&entry, workers](benchmark::State& state) { die(state, entry, workers); })
          ->UseManualTime()
          ->Iterations(1)
          ->Repetitions(20)
          ->Unit(benchmark::kMicrosecond);
    }
  }
  return benchmark::RunSpecifiedBenchmarks() > 0 ? 0 : 2;
}
