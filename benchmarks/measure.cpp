#include "benchmarks/measure.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "benchmarks/life.hpp"
#include "benchmarks/spread.hpp"
#include "system/cpu_time.hpp"

namespace fanout {

std::atomic<bool> interrupted = false;

namespace {

using Clock = Life::Clock;
using Seconds = Life::Seconds;

/// The batches of one cell that are timed, or observed, and what they took.
class Timing {
 public:
  Timing(const Cell& cell, const Measuring& measuring) : cell_(cell), measuring_(measuring), life_(cell, measuring) {}

  Life& life() { return life_; }

  /// Batches until the machine is warm, which began to run at `start`, unless workers are to be met cold.
  void warm_up(Clock::time_point start) {
    if (cell_.cold) return;
    during("run", [&] {
      const auto window = watch();
      while (Clock::now() - start < measuring_.warmup && !interrupted) life_.run_batch();
      judge(window);
    });
  }

  /// Timed stretches of as many batches as are given, if they last as long as they should; else of as many as Google
  /// Benchmark finds.
  void time(Report& report) {
    if (measuring_.iterations > 0) time(report, measuring_.iterations);
    if (shortest_stretch_ >= min_time() && shortest_stretch_ < Seconds::max()) return;
    report.drop();
    time(report, 0);
  }

  /// Batches under the observer for as long as a timed stretch would last; the evidence of them.
  nlohmann::ordered_json observe() {
    return during("run", [this] {
      if (measuring_.load) {
        auto evidence = life_.run_open_loop();
        require_no_trouble();
        return evidence;
      }
      Observer& observer = *life_.observer();
      const std::uint64_t before = life_.ledger().batches();
      if (cell_.cold) life_.open();
      observer.begin(life_.executor());
      if (cell_.cold) life_.close();
      const auto start = Clock::now();
      do {
        observer.batch_begin();
        life_.run_batch();
        observer.batch_end();
      } while (Clock::now() - start < min_time() && !interrupted);
      if (cell_.cold) life_.open();
      observer.end(life_.executor());
      observer.merge();
      if (cell_.cold) life_.close();
      require_no_trouble();
      return observer.evidence(life_.ledger().batches() - before);
    });
  }

  /// Refuses times, and CPU times, that no honest batch can have.
  void refuse_impossible() {
    const auto minimum = during("run", [&] { return life_.workload().minimum_time(life_.receipt().at_once()); });
    std::ostringstream reason;
    if (shortest_ < minimum) {
      reason << "a batch took " << shortest_.count() << " s on average, below the workload's minimum of "
             << Seconds(minimum).count() << " s: rejected";
    } else if (const Seconds bodies = life_.receipt().least_cpu();
               computes(bodies) && cpu_ + kTick * cell_.workers < bodies * batches_ / 2) {
      reason << "a timed batch took " << cpu_.count() / batches_ << " s of CPU time, below half of the "
             << bodies.count() << " s that its tasks took when they were counted: rejected";
    }
    if (!reason.str().empty()) throw Error(reason.str(), {}, "impossible");
  }

  /// What the cell knows beside its times. Stages are those of its one warm life, or of the mean cold one.
  std::map<std::string, double> facts() {
    auto facts = during("run", [&] { return life_.workload().facts(); });
    const Life::Stages stages = life_.mean_stages();
    facts["workers"] = cell_.workers;
    facts["tasks"] = static_cast<double>(life_.job().tasks);
    facts["at_once"] = life_.receipt().at_once();
    facts["open_time"] = stages.open.count();
    facts["close_time"] = stages.close.count();
    facts["ready_share"] = spread_.ready_share();
    facts["enough_iterations"] = enough_iterations();
    if (cell_.cold) facts["run_time"] = stages.run.count();
    return facts;
  }

 private:
  /// How long a thread may have been running without its CPU time being in its process's.
  static constexpr Seconds kTick = std::chrono::milliseconds(10);

  [[nodiscard]] Seconds min_time() const { return measuring_.min_time.value_or(Seconds(0.5)); }

  /// Batches that would have lasted long enough, by the mean of all that were timed, with the allowance that Google
  /// Benchmark makes.
  [[nodiscard]] double enough_iterations() const {
    const Seconds batch = timed_ / batches_;
    return batch >= min_time() ? 1 : std::min<double>(kMostIterations, std::ceil(1.4 * (min_time() / batch)));
  }

  /// Under Google Benchmark's rules; 0 iterations: as many as it finds.
  void time(Report& report, std::int64_t iterations) {
    benchmark::ClearRegisteredBenchmarks();
    auto* registered =
        benchmark::RegisterBenchmark(cell_.name().c_str(), [this](benchmark::State& state) { time(state); })
            ->UseRealTime()
            ->MeasureProcessCPUTime();
    if (iterations > 0)
      registered->Iterations(iterations);
    else if (measuring_.min_time)
      registered->MinTime(measuring_.min_time->count());
    benchmark::RunSpecifiedBenchmarks(&report, ".");
    require_no_trouble();
  }

  /// The begin of a time in which batches show whether workers have a CPU each.
  Spread::Window watch() { return can_spread() ? spread_.watch(life_.processes()) : Spread::Window{}; }
  void judge(const Spread::Window& window) {
    if (can_spread()) spread_.judge(window, life_.processes());
  }

  /// Whether every worker could have a CPU, and would use it.
  bool can_spread() const { return cell_.workers <= measuring_.cpus && !cell_.workload->waits && !cell_.cold; }

  /// Whether tasks compute for 1 us or more, so that their CPU time tells something.
  bool computes(Seconds bodies) const {
    return !cell_.workload->waits && life_.job().async == nullptr &&
           bodies.count() >= 1e-6 * static_cast<double>(life_.job().tasks);
  }

  /// Calls body unless something has gone wrong already, or it shall end; remembers what goes wrong there.
  template <class Body>
  void guard(const Body& body) {
    if (trouble_ || interrupted) return;
    try {
      body();
    } catch (...) {
      trouble_ = caught();
    }
  }

  void require_no_trouble() const {
    if (interrupted) throw Error("stopped by a signal", {}, "interrupted");
    if (trouble_) throw Error(trouble_->what(), trouble_->cause, kind_of(*trouble_, "run"));
  }

  /// Called for every trial and repetition. It must reach its loop even when there is nothing left to time: Google
  /// Benchmark 1.7 ends the process where repetitions differ in their number of iterations.
  void time(benchmark::State& state) {
    guard([this] {
      if (can_spread()) spread_(life_.processes(), [this] { life_.run_batch(); });
    });
    life_.ledger().spoil_stored();
    const auto window = watch();
    const auto cpu_before = cpu_time(life_.processes());
    const auto start = Clock::now();
    for ([[maybe_unused]] auto batch : state) {
      guard([this] { life_.run_batch(); });
      if (trouble_ || interrupted) return state.SkipWithError("no number");
    }
    const auto stop = Clock::now();
    const Seconds cpu = cpu_time(life_.processes()) - cpu_before;
    guard([&] { judge(window); });
    guard([this] { life_.require_law(); });
    const auto batches = static_cast<double>(state.iterations());
    shortest_ = std::min(shortest_, Seconds(stop - start) / batches);
    shortest_stretch_ = std::min(shortest_stretch_, Seconds(stop - start));
    batches_ += batches;
    timed_ += stop - start;
    cpu_ += cpu;
    state.counters[Report::kCpuSeconds] = benchmark::Counter(cpu.count(), benchmark::Counter::kAvgIterations);
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(life_.job().tasks));
  }

  const Cell& cell_;
  const Measuring& measuring_;
  Life life_;
  Spread spread_;
  Seconds shortest_ = Seconds::max();          ///< batch, on average over a stretch
  Seconds shortest_stretch_ = Seconds::max();  ///< that was timed
  Seconds timed_{};
  Seconds cpu_{};       ///< of all timed batches
  double batches_ = 0;  ///< that were timed
  std::optional<Error> trouble_;
};

void measure_or_throw(const Cell& cell, const Measuring& measuring, Report& report) {
  Timing timing(cell, measuring);
  const auto start = Life::Clock::now();
  timing.life().prove();
  timing.warm_up(start);
  if (measuring.observer != nullptr) {
    auto evidence = timing.observe();
    timing.life().prove_again();
    if (measuring.trace != nullptr) {
      measuring.trace->text = timing.life().observer()->trace();
      evidence["file"] = measuring.trace->file;
    }
    return report.observe(cell.name(), *measuring.observer, evidence);
  }
  timing.time(report);
  timing.life().prove_again();
  timing.refuse_impossible();
  report.commit(timing.facts());
}

}  // namespace

void measure(const Cell& cell, const Measuring& measuring, Report& report) {
  try {
    during("build", [&] { measure_or_throw(cell, measuring, report); });
  } catch (const Error& error) {
    report.fail({cell.name(), error.kind, error.cause, error.what()});
  }
}

}  // namespace fanout
