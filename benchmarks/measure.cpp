#include "benchmarks/measure.hpp"

#include <algorithm>
#include <latch>
#include <sstream>
#include <system_error>
#include <thread>

#include "benchmarks/receipt.hpp"
#include "benchmarks/spread.hpp"
#include "core/failure.hpp"
#include "system/cpu_time.hpp"

namespace fanout {

std::atomic<bool> interrupted = false;

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

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

/// Seconds that a batch spends on its way through an executor's life.
struct Stages {
  Seconds open{};
  Seconds run{};
  Seconds close{};
};

/// A cell in the making: its workload, and, between open and close, its workers.
class CellAtWork {
 public:
  CellAtWork(const Cell& cell, const Measuring& measuring)
      : cell_(cell),
        measuring_(measuring),
        workload_(during("build", [&] { return cell.workload->build(cell.values, measuring.seed); })),
        expected_(during("build", [&] { return workload_->expected(); })),
        digests_(expected_.size()),
        job_{workload_.get(), digests_.span()},
        options_{.workers = cell.workers,
                 .cpus = measuring.cpus,
                 .in_flight = cell.executor->axis == ExecutorEntry::Axis::in_flight ? cell.extent : 0,
                 .grain = cell.executor->axis == ExecutorEntry::Axis::grain ? cell.extent : 0},
        receipt_(*workload_, options_) {}

  /// Why this executor cannot run this workload, whatever is done; nothing where it can.
  std::optional<std::string> impossible() const {
    const bool apart = cell_.executor->kind == ExecutorEntry::Kind::processes;
    if (!apart || workload_->state() != Workload::State::process) return {};
    return "what its tasks share lies in the memory of one process, and these workers are processes";
  }

  void open() {
    during("open", [this] {
      if (cell_.executor->kind != ExecutorEntry::Kind::processes) require_threads(cell_.workers);
      const auto start = Clock::now();
      executor_ = cell_.executor->open(options_);
      stages_.open += Clock::now() - start;
    });
  }

  /// One untimed batch, every task of which is accounted for; then batches until the machine is warm, unless workers
  /// are to be met cold.
  void prove_and_warm_up() {
    const auto start = Clock::now();
    during("receipt", [&] {
      const auto before = workload_->witnessed();
      if (const auto wrong = receipt_.check(*executor_, digests_.span(), expected_)) throw std::runtime_error(*wrong);
      require_witness(before, 1);
    });
    if (const auto wrong = receipt_.misplaced()) throw StageError("placement", *wrong);
    if (cell_.cold) return close();
    during("run", [&] {
      while (Clock::now() - start < measuring_.warmup && !interrupted) run_batch();
    });
  }

  /// Timed batches, under Google Benchmark's rules. Digests and the outside witness are checked again afterwards.
  void time(Report& report) {
    const auto before = during("run", [&] { return workload_->witnessed(); });
    batches_ = 0;
    if (cell_.cold) stages_ = {};  // of the receipt's
    benchmark::ClearRegisteredBenchmarks();
    auto* registered =
        benchmark::RegisterBenchmark(cell_.name().c_str(), [this](benchmark::State& state) { time(state); })
            ->UseRealTime()
            ->MeasureProcessCPUTime();
    if (measuring_.min_time) registered->MinTime(measuring_.min_time->count());
    benchmark::RunSpecifiedBenchmarks(&report, ".");
    if (interrupted) throw StageError("interrupted", "stopped by a signal");
    if (trouble_) throw StageError(kind_of(*trouble_, "run"), *trouble_);
    during("run", [&] { require_witness(before, batches_); });
    const auto floor = during("run", [&] { return workload_->floor(receipt_.at_once()); });
    if (shortest_ >= floor) return;
    std::ostringstream reason;
    reason << "a batch took " << shortest_.count() << " s on average, less than the " << Seconds(floor).count()
           << " s that it cannot do without";
    throw StageError("impossible", reason.str());
  }

  /// Ends the workers, if there are any.
  void close() {
    const auto start = Clock::now();
    executor_.reset();
    stages_.close += Clock::now() - start;
  }

  /// What the cell knows beside its times. Stages are those of its one warm life, or of the mean cold one.
  std::map<std::string, double> facts() {
    auto facts = during("run", [&] { return workload_->facts(); });
    const double lives = cell_.cold ? static_cast<double>(batches_) : 1;
    facts["workers"] = cell_.workers;
    facts["tasks"] = static_cast<double>(workload_->tasks());
    facts["open_time"] = stages_.open.count() / lives;
    facts["close_time"] = stages_.close.count() / lives;
    facts["ready_share"] = spread_.ready_share();
    if (cell_.cold) facts["run_time"] = stages_.run.count() / lives;
    if (cell_.executor->axis == ExecutorEntry::Axis::in_flight) facts["in_flight"] = in_flight();
    if (options_.grain > 0) facts["grain"] = static_cast<double>(options_.grain);
    return facts;
  }

 private:
  /// Tasks that are under way at once, as a number where the name says "all", too.
  double in_flight() const {
    const auto tasks = static_cast<double>(workload_->tasks());
    return options_.in_flight > 0 ? std::min(tasks, static_cast<double>(options_.in_flight)) : tasks;
  }

  /// Whether every worker could have a CPU, and would use it.
  bool can_spread() const { return cell_.workers <= measuring_.cpus && !cell_.workload->waits && !cell_.cold; }

  /// One batch of the bare workload, counted for the witness.
  void run_batch() {
    if (cell_.cold) open();
    const auto start = Clock::now();
    executor_->run(job_);
    if (cell_.cold) {
      stages_.run += Clock::now() - start;
      close();
    }
    ++batches_;
  }

  std::vector<pid_t> processes() const { return executor_ ? executor_->processes() : std::vector<pid_t>{}; }

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
      if (can_spread()) spread_(processes(), [this] { run_batch(); });
    });
    const auto cpu_before = cpu_time(processes());
    const auto start = Clock::now();
    for ([[maybe_unused]] auto batch : state) {
      guard([this] { run_batch(); });
      if (trouble_ || interrupted) return state.SkipWithError("no number");
    }
    const Seconds mean = (Clock::now() - start) / static_cast<double>(state.iterations());
    shortest_ = std::min(shortest_, mean);
    state.counters[Report::kCpuSeconds] =
        benchmark::Counter(Seconds(cpu_time(processes()) - cpu_before).count(), benchmark::Counter::kAvgIterations);
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(workload_->tasks()));
    guard([this] { check_again(); });
  }

  /// One more batch: an executor that has stopped working meanwhile would look very fast.
  void check_again() {
    poison(digests_.span(), expected_);
    run_batch();
    if (const auto wrong = wrong_digest(digests_.span(), expected_, workload_->width()))
      throw std::runtime_error("in the batch after the timed ones: " + *wrong);
  }

  void require_witness(std::optional<std::uint64_t> before, std::uint64_t batches) const {
    if (!before) return;
    const std::uint64_t seen = workload_->witnessed().value() - *before;
    const std::uint64_t done = batches * workload_->tasks();
    if (seen != done)
      throw std::runtime_error("a witness outside saw " + std::to_string(seen) + " tasks done, not " +
                               std::to_string(done));
  }

  const Cell& cell_;
  const Measuring& measuring_;
  std::unique_ptr<Workload> workload_;
  std::vector<std::uint64_t> expected_;
  SharedArray<std::uint64_t> digests_;
  Job job_;
  Options options_;
  Receipt receipt_;
  std::unique_ptr<Executor> executor_;
  Stages stages_;
  Spread spread_;
  Seconds shortest_ = Seconds::max();
  std::uint64_t batches_ = 0;
  std::optional<std::string> trouble_;
};

}  // namespace

void measure(const Cell& cell, const Measuring& measuring, Report& report) {
  if (!cell.executor->missing.empty()) return report.fail({cell.name(), "unavailable", cell.executor->missing});
  try {
    CellAtWork work(cell, measuring);
    if (const auto why = work.impossible()) return report.fail({cell.name(), "unavailable", *why});
    work.open();
    work.prove_and_warm_up();
    work.time(report);
    work.close();
    report.commit(work.facts());
  } catch (const StageError& error) {
    report.fail({cell.name(), error.kind, error.what()});
  } catch (const std::exception& error) {
    report.fail({cell.name(), kind_of(error.what(), "build"), error.what()});
  }
}

}  // namespace fanout
