// Benchmarks with names, outcomes and settings that are hard on whoever runs them one by one.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <thread>
#include <utility>

#ifndef SLOWER
#define SLOWER 1
#endif

namespace {

void counts(benchmark::State& state) {
  while (state.KeepRunning()) benchmark::DoNotOptimize(state.iterations());
  state.SetItemsProcessed(state.iterations());
  state.counters["tasks"] = 1.5;
  state.counters["nothing"] = std::numeric_limits<double>::quiet_NaN();
}

void grows(benchmark::State& state) {
  counts(state);
  state.SetComplexityN(state.range(0));
}

template <typename Key, typename Value>
void templated(benchmark::State& state) {
  counts(state);
}

void sleeps(benchmark::State& state) {
  while (state.KeepRunning()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void manual(benchmark::State& state) {
  while (state.KeepRunning()) state.SetIterationTime(0.001 * SLOWER);
}

void fails(benchmark::State& state) {
  state.SkipWithError("no \"input\" here");
  while (state.KeepRunning()) {
  }
}

void dies(benchmark::State& state) {
  while (state.KeepRunning()) std::abort();
}

}  // namespace

BENCHMARK(counts);
BENCHMARK(counts)->Name("twice");
BENCHMARK(counts)->Name("twice");
BENCHMARK_TEMPLATE(templated, std::pair<int, char*>, int)->Arg(8)->Arg(88);
BENCHMARK(sleeps)->ThreadRange(1, 4)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(sleeps)->Name("jobs")->ArgName("workers")->Arg(1)->Arg(2)->Iterations(3);
BENCHMARK(manual)->UseManualTime();
BENCHMARK(sleeps)->Name("repeated")->Repetitions(3)->ReportAggregatesOnly()->MeasureProcessCPUTime();
BENCHMARK(grows)->Name("least")->MinTime(0.02)->Complexity(benchmark::oN)->Arg(4)->Arg(16);
BENCHMARK(fails);
BENCHMARK(dies);

int main(int argc, char** argv) {
  benchmark::RegisterBenchmark("a (b) [c] {d} *+?.^$|\\ \"q\" \xc3\xbc, [](int x) { return x / 2; }", counts);
  benchmark::RegisterBenchmark("latin \xfc", counts);
  benchmark::RegisterBenchmark("/", counts);
  benchmark::RegisterBenchmark("-negative", counts);
  std::puts("hello\ncounts");  // the second is also the name of a benchmark
  std::fflush(stdout);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return std::getenv("TRICKY_STATUS") != nullptr ? 3 : 0;
}
