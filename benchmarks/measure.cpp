#include "benchmarks/measure.hpp"

#include <algorithm>
#include <latch>
#include <sstream>
#include <system_error>
#include <thread>

#include "benchmarks/ledger.hpp"
#include "benchmarks/receipt.hpp"
#include "benchmarks/spread.hpp"
#include "system/cpu_time.hpp"

namespace fanout {

std::atomic<bool> interrupted = false;

void require_threads(unsigned workers) {
  std::vector<std::jthread> threads;
  std::latch done(1);
  try {
    for (unsigned i = 0; i < workers; ++i) threads.emplace_back([&done] { done.wait(); });
    done.count_down();
  } catch (const std::system_error& error) {
    done.count_down();
    throw Error("the system gave " + std::to_string(threads.size()) + " of " + std::to_string(workers) +
                    " threads: " + error.what() + "; lower --workers, or raise ulimit -u or the cgroup's pids.max",
                {.error = error.code().value()}, "threads");
  }
}

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

/// Seconds that a batch spends on its way through an executor's life.
struct Stages {
  Seconds open{};
  Seconds run{};
  Seconds close{};
};

std::unique_ptr<Workload> build(const Cell& cell, const Measuring& measuring) {
  return during("build", [&] { return cell.workload->build(cell.values, measuring.seed); });
}

/// Why these workers cannot run this work, whatever is done; nothing where they can.
void require_common_memory(const Cell& cell, const Workload& workload) {
  using Memory = ExecutorEntry::Memory;
  using State = Workload::State;
  const Memory memory = cell.executor->memory;
  const char* where = workload.state() == State::process  ? "in the memory of one process"
                      : workload.state() == State::shared ? "in memory that only forked processes share"
                                                          : nullptr;
  const bool common = memory == Memory::one || (memory == Memory::forked && workload.state() == State::shared);
  if (where == nullptr || common) return;
  throw Unavailable(std::string("what its tasks share lies ") + where + ", and the memory of these workers is " +
                    to_string(memory));
}

/// A cell in the making: its workload, and, between open and close, its workers.
class CellAtWork {
 public:
  CellAtWork(const Cell& cell, const Measuring& measuring)
      : cell_(cell),
        measuring_(measuring),
        workload_(build(cell, measuring)),
        ledger_(during("build", [this] { return Ledger(*workload_); })),
        job_(ledger_.job(*workload_)),
        options_{.workers = cell.workers, .cpus = measuring.cpus, .values = cell.options},
        receipt_(*workload_, options_, cell.executor->kind) {
    require_common_memory(cell, *workload_);
    if (measuring.observer == nullptr) return;
    observer_ = measuring.observer->make();
    job_ = ledger_.job(observer_->wrap(*workload_, options_));
  }

  void open() {
    during("open", [this] {
      const auto start = Clock::now();
      executor_ = cell_.executor->open({cell_.workload, cell_.values, measuring_.seed}, options_);
      stages_.open += Clock::now() - start;
    });
  }

  /// Ends the workers, if there are any.
  void close() {
    const auto start = Clock::now();
    executor_.reset();
    stages_.close += Clock::now() - start;
  }

  /// Opens, and runs one untimed batch that accounts for every task and worker. Cold workers are ended again, and what
  /// that took is forgotten.
  void prove() {
    during("open", [this] {
      if (cell_.executor->kind != ExecutorEntry::Kind::processes) measuring_.probe_threads(cell_.workers);
    });
    count_a_batch("receipt");
    if (const auto wrong = receipt_.misplaced()) throw Error(*wrong, {}, "placement");
    if (cell_.cold) stages_ = {};
    lives_ = cell_.cold ? 0 : 1;
  }

  /// Batches until the machine is warm, unless workers are to be met cold.
  void warm_up() {
    if (cell_.cold) return;
    const auto start = Clock::now();
    during("run", [&] {
      while (Clock::now() - start < measuring_.warmup && !interrupted) run_batch();
    });
  }

  /// Timed batches, under Google Benchmark's rules.
  void time(Report& report) {
    benchmark::ClearRegisteredBenchmarks();
    auto* registered =
        benchmark::RegisterBenchmark(cell_.name().c_str(), [this](benchmark::State& state) { time(state); })
            ->UseRealTime()
            ->MeasureProcessCPUTime();
    if (measuring_.min_time) registered->MinTime(measuring_.min_time->count());
    benchmark::RunSpecifiedBenchmarks(&report, ".");
    require_no_trouble();
  }

  /// Batches under the observer for as long as a timed stretch would last; the evidence of them.
  nlohmann::ordered_json observe() {
    return during("run", [this] {
      if (cell_.cold) open();
      const std::uint64_t before = ledger_.batches();
      const auto start = Clock::now();
      observer_->begin(*executor_);
      do run_warm_batch();
      while (Clock::now() - start < measuring_.min_time.value_or(Seconds(0.5)) && !interrupted);
      observer_->end(*executor_);
      observer_->merge();
      if (cell_.cold) close();
      require_no_trouble();
      return observer_->evidence(ledger_.batches() - before);
    });
  }

  /// Another counted batch now that the clock has stopped: workers and tasks must be what they were before. Then ends
  /// the workers, after whose end nothing may have changed.
  void prove_again() {
    count_a_batch("run");
    close();
    during("run", [this] {
      require_law();
      require_completed();
    });
  }

  /// Refuses times, and CPU times, that no honest batch can have.
  void refuse_impossible() {
    const auto minimum = during("run", [&] { return workload_->minimum_time(receipt_.at_once()); });
    std::ostringstream reason;
    if (shortest_ < minimum) {
      reason << "a batch took " << shortest_.count() << " s on average, below the workload's minimum of "
             << Seconds(minimum).count() << " s: rejected";
    } else if (const Seconds bodies = receipt_.least_cpu(); computes(bodies) && least_cpu_ < bodies / 2) {
      reason << "a timed batch took " << least_cpu_.count() << " s of CPU time, below half of the " << bodies.count()
             << " s that its tasks took when they were counted: rejected";
    }
    if (!reason.str().empty()) throw Error(reason.str(), {}, "impossible");
  }

  /// What the cell knows beside its times. Stages are those of its one warm life, or of the mean cold one.
  std::map<std::string, double> facts() {
    auto facts = during("run", [&] { return workload_->facts(); });
    const auto lives = static_cast<double>(std::max<std::uint64_t>(1, lives_));
    facts["workers"] = cell_.workers;
    facts["tasks"] = static_cast<double>(workload_->tasks());
    facts["open_time"] = stages_.open.count() / lives;
    facts["close_time"] = stages_.close.count() / lives;
    facts["ready_share"] = spread_.ready_share();
    facts["at_once"] = receipt_.at_once();
    if (cell_.cold) facts["run_time"] = stages_.run.count() / lives;
    return facts;
  }

 private:
  /// Whether every worker could have a CPU, and would use it.
  bool can_spread() const { return cell_.workers <= measuring_.cpus && !cell_.workload->waits && !cell_.cold; }

  /// Whether tasks compute for 1 us or more, so that their CPU time says something.
  bool computes(Seconds bodies) const {
    return !cell_.workload->waits && job_.async == nullptr && bodies.count() >= 1e-6 * static_cast<double>(job_.tasks);
  }

  void count_a_batch(const char* stage) {
    if (!executor_) open();
    during(stage, [this] {
      if (const auto wrong = receipt_.check(*executor_, ledger_)) throw Error(*wrong);
      require_completed();
    });
    if (cell_.cold) close();
  }

  void run_warm_batch() {
    executor_->run(job_);
    ledger_.close_batch();
  }

  /// One batch of the bare workload.
  void run_batch() {
    if (!cell_.cold) return run_warm_batch();
    open();
    const auto start = Clock::now();
    run_warm_batch();
    stages_.run += Clock::now() - start;
    close();
    ++lives_;
  }

  std::vector<pid_t> processes() const { return executor_ ? executor_->processes() : std::vector<pid_t>{}; }

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
      if (can_spread()) spread_(processes(), [this] { run_batch(); });
    });
    ledger_.spoil_stored();
    const auto cpu_before = cpu_time(processes());
    const auto start = Clock::now();
    for ([[maybe_unused]] auto batch : state) {
      guard([this] { run_batch(); });
      if (trouble_ || interrupted) return state.SkipWithError("no number");
    }
    const auto stop = Clock::now();
    const Seconds cpu = cpu_time(processes()) - cpu_before;
    guard([this] { require_law(); });
    const auto batches = static_cast<double>(state.iterations());
    shortest_ = std::min(shortest_, Seconds(stop - start) / batches);
    least_cpu_ = std::min(least_cpu_, cpu / batches);
    state.counters[Report::kCpuSeconds] = benchmark::Counter(cpu.count(), benchmark::Counter::kAvgIterations);
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(job_.tasks));
  }

  void require_law() const {
    if (const auto wrong = ledger_.broken()) throw Error(*wrong);
  }

  /// By the workload's own count, if it keeps one.
  void require_completed() const {
    const auto completed = workload_->completed();
    const std::uint64_t expected = ledger_.batches() * workload_->tasks();
    if (!completed || *completed - completed_before_ == expected) return;
    throw Error("independent count: " + std::to_string(*completed - completed_before_) + " completed tasks, expected " +
                std::to_string(expected));
  }

  const Cell& cell_;
  const Measuring& measuring_;
  std::unique_ptr<Workload> workload_;
  Ledger ledger_;
  Job job_;
  Options options_;
  Receipt receipt_;
  std::unique_ptr<Observer> observer_;
  std::uint64_t completed_before_ = during("build", [this] { return workload_->completed(); }).value_or(0);
  std::unique_ptr<Executor> executor_;
  Stages stages_;
  Spread spread_;
  Seconds shortest_ = Seconds::max();
  Seconds least_cpu_ = Seconds::max();
  std::uint64_t lives_ = 0;  ///< of workers, over which the stages add up
  std::optional<Error> trouble_;
};

void measure_or_throw(const Cell& cell, const Measuring& measuring, Report& report) {
  if (!cell.executor->missing.empty()) throw Unavailable(cell.executor->missing);
  CellAtWork work(cell, measuring);
  work.prove();
  work.warm_up();
  if (measuring.observer != nullptr) {
    auto evidence = work.observe();
    work.prove_again();
    return report.observe(cell.name(), *measuring.observer, std::move(evidence));
  }
  work.time(report);
  work.prove_again();
  work.refuse_impossible();
  report.commit(work.facts());
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
