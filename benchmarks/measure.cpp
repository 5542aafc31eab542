#include "benchmarks/measure.hpp"

#include <latch>
#include <sstream>
#include <system_error>
#include <thread>

#include "benchmarks/cpu_time.hpp"
#include "benchmarks/receipt.hpp"
#include "benchmarks/spread.hpp"

namespace fanout {

std::atomic<bool> interrupted = false;

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

/// What is being thrown, in words; only within a catch clause.
std::string words() {
  try {
    throw;
  } catch (const std::exception& error) {
    return *error.what() == '\0' ? "an exception without a message" : error.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}

/// A stage of the cell's life went wrong.
struct StageError : std::runtime_error {
  StageError(std::string stage, const std::string& reason) : std::runtime_error(reason), kind(std::move(stage)) {}
  std::string kind;
};

/// Calls body; whatever it throws becomes a StageError of this stage.
template <class Body>
auto during(const char* stage, const Body& body) {
  try {
    return body();
  } catch (const StageError&) {
    throw;
  } catch (...) {
    throw StageError(stage, words());
  }
}

/// Throws unless the system gives as many threads as the executor will want. Asked here because libgomp exits, and TBB
/// terminates, where it does not.
void require_threads(unsigned workers) {
  std::vector<std::jthread> threads;
  std::latch done(1);
  try {
    for (unsigned i = 0; i < workers; ++i) threads.emplace_back([&done] { done.wait(); });
    done.count_down();
  } catch (const std::system_error& error) {
    done.count_down();
    throw std::runtime_error("the system gave " + std::to_string(threads.size()) + " of " + std::to_string(workers) +
                             " threads: " + error.what() +
                             "; lower --workers, or raise ulimit -u or the cgroup's pids.max");
  }
}

/// A cell that has been opened: from here on there are workers.
class OpenCell {
 public:
  OpenCell(const Cell& cell, const Measuring& measuring)
      : cell_(cell),
        measuring_(measuring),
        workload_(during("build", [&] { return cell.workload->build(cell.values, measuring.seed); })),
        expected_(during("build", [&] { return workload_->expected(); })),
        digests_(expected_.size()),
        receipt_(*workload_, cell.workers) {
    during("open", [&] {
      if (cell.executor->kind == ExecutorEntry::Kind::threads) require_threads(cell.workers);
      const auto start = Clock::now();
      executor_ = cell.executor->open({.workers = cell.workers, .cpus = measuring.cpus});
      open_time_ = Clock::now() - start;
    });
  }

  /// One untimed batch, every task of which is accounted for; then batches until the machine is warm.
  void prove_and_warm_up() {
    const auto start = Clock::now();
    during("receipt", [&] {
      const auto before = workload_->witnessed();
      if (const auto wrong = receipt_.check(*executor_, digests_.span(), expected_)) throw std::runtime_error(*wrong);
      require_witness(before, 1);
    });
    during("run", [&] {
      while (Clock::now() - start < measuring_.warmup && !interrupted) run_batch();
    });
  }

  /// Timed batches, under Google Benchmark's rules. Digests and the outside witness are checked again afterwards.
  void time(Report& report) {
    const auto before = during("run", [&] { return workload_->witnessed(); });
    batches_ = 0;
    benchmark::ClearRegisteredBenchmarks();
    auto* registered =
        benchmark::RegisterBenchmark(cell_.name().c_str(), [this](benchmark::State& state) { time(state); })
            ->UseRealTime()
            ->MeasureProcessCPUTime();
    if (measuring_.min_time) registered->MinTime(measuring_.min_time->count());
    benchmark::RunSpecifiedBenchmarks(&report, ".");
    if (interrupted) throw StageError("interrupted", "stopped by a signal");
    if (trouble_) throw StageError("run", *trouble_);
    during("run", [&] { require_witness(before, batches_); });
    const auto floor = during("run", [&] { return workload_->floor(cell_.workers); });
    if (shortest_ >= floor) return;
    std::ostringstream reason;
    reason << "a batch took " << shortest_.count() << " s on average, less than the " << Seconds(floor).count()
           << " s that it cannot do without";
    throw StageError("impossible", reason.str());
  }

  /// Ends the workers; what the cell knows beside its times.
  std::map<std::string, double> close() {
    const auto start = Clock::now();
    executor_.reset();
    const Seconds close_time = Clock::now() - start;
    auto facts = during("run", [&] { return workload_->facts(); });
    facts["workers"] = cell_.workers;
    facts["tasks"] = static_cast<double>(expected_.size());
    facts["open_time"] = open_time_.count();
    facts["close_time"] = close_time.count();
    facts["ready_share"] = spread_.ready_share();
    return facts;
  }

 private:
  /// Whether every worker could have a CPU, and would use it.
  bool can_spread() const { return cell_.workers <= measuring_.cpus && !cell_.workload->waits; }

  /// One batch of the bare workload, counted for the witness.
  void run_batch() {
    executor_->run({workload_.get(), digests_.span()});
    ++batches_;
  }

  /// Calls body unless something has gone wrong already, or it shall end; remembers what goes wrong there.
  template <class Body>
  void guard(const Body& body) {
    if (trouble_ || interrupted) return;
    try {
      body();
    } catch (...) {
      trouble_ = words();
    }
  }

  /// Called for every trial and repetition. It must reach its loop even when there is nothing left to time: Google
  /// Benchmark 1.7 ends the process where repetitions differ in their number of iterations.
  void time(benchmark::State& state) {
    guard([this] {
      if (can_spread()) spread_(executor_->processes(), [this] { run_batch(); });
    });
    const auto cpu_before = cpu_time(*executor_);
    const auto start = Clock::now();
    for ([[maybe_unused]] auto batch : state) {
      guard([this] { run_batch(); });
      if (trouble_ || interrupted) return state.SkipWithError("no number");
    }
    const Seconds mean = (Clock::now() - start) / static_cast<double>(state.iterations());
    shortest_ = std::min(shortest_, mean);
    state.counters[Report::kCpuSeconds] =
        benchmark::Counter(Seconds(cpu_time(*executor_) - cpu_before).count(), benchmark::Counter::kAvgIterations);
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(expected_.size()));
    guard([this] { check_again(); });
  }

  /// One more batch: an executor that has stopped working meanwhile would look very fast.
  void check_again() {
    poison(digests_.span(), expected_);
    run_batch();
    if (const auto wrong = wrong_digest(digests_.span(), expected_))
      throw std::runtime_error("in the batch after the timed ones: " + *wrong);
  }

  void require_witness(std::optional<std::uint64_t> before, std::uint64_t batches) const {
    if (!before) return;
    const std::uint64_t seen = workload_->witnessed().value() - *before;
    if (seen != batches * expected_.size())
      throw std::runtime_error("a witness outside saw " + std::to_string(seen) + " tasks done, not " +
                               std::to_string(batches * expected_.size()));
  }

  const Cell& cell_;
  const Measuring& measuring_;
  std::unique_ptr<Workload> workload_;
  std::vector<std::uint64_t> expected_;
  SharedArray<std::uint64_t> digests_;
  Receipt receipt_;
  std::unique_ptr<Executor> executor_;
  Seconds open_time_{};
  Spread spread_;
  Seconds shortest_ = Seconds::max();
  std::uint64_t batches_ = 0;
  std::optional<std::string> trouble_;
};

}  // namespace

void measure(const Cell& cell, const Measuring& measuring, Report& report) {
  if (!cell.executor->missing.empty()) return report.fail({cell.name(), "unavailable", cell.executor->missing});
  try {
    OpenCell open(cell, measuring);
    open.prove_and_warm_up();
    open.time(report);
    report.commit(open.close());
  } catch (const StageError& error) {
    report.fail({cell.name(), error.kind, error.what()});
  } catch (const std::exception& error) {
    report.fail({cell.name(), "build", error.what()});
  }
}

}  // namespace fanout
