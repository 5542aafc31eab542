#include "benchmarks/life.hpp"

#include <algorithm>

#include "benchmarks/open_loop/open_loop.hpp"

namespace fanout {
namespace {

std::unique_ptr<Workload> build_work(const Cell& cell, const Measuring& measuring) {
  if (!cell.executor->missing.empty()) throw Unavailable(cell.executor->missing);
  return during("build", [&] { return cell.workload->build(cell.values, measuring.seed); });
}

/// Throws Unavailable where these workers do not share the memory that the tasks share.
void require_common_memory(const Cell& cell, const Workload& workload) {
  using Memory = ExecutorEntry::Memory;
  using State = Workload::State;
  const Memory memory = cell.executor->memory;
  if (workload.state() == State::none || memory == Memory::one) return;
  if (workload.state() == State::shared && memory == Memory::forked) return;
  const std::string where = workload.state() == State::process ? "in the memory of one process"
                                                               : "in memory that only forked processes share";
  throw Unavailable("what its tasks share lies " + where + ", and the memory of these workers is " + to_string(memory));
}

/// The executors here that have a door.
std::string those_with(bool ExecutorEntry::*door) {
  std::string those;
  for (const ExecutorEntry& entry : Executors::all()) {
    if (entry.*door && entry.missing.empty()) those += (those.empty() ? "" : ", ") + entry.name;
  }
  return those;
}

/// Throws Unavailable where tasks are to come one by one, and the executor has no door for that, or they none.
void require_intake(const ExecutorEntry& executor, const Workload& workload) {
  if (workload.forks()) throw Unavailable("tasks that spawn branches run in batches, they do not arrive one by one");
  if (executor.submits) return;
  throw Unavailable(executor.name + " takes whole batches alone, not tasks as they arrive; those that do: " +
                    those_with(&ExecutorEntry::submits));
}

/// Throws Unavailable where tasks spawn branches, and the executor has no door for that.
void require_fork(const ExecutorEntry& executor, const Workload& workload) {
  if (!workload.forks() || executor.forks) return;
  throw Unavailable("tasks of " + executor.name +
                    " cannot spawn branches and wait for them; those that can: " + those_with(&ExecutorEntry::forks));
}

}  // namespace

Life::Life(const Cell& cell, const Measuring& measuring)
    : cell_(cell),
      measuring_(measuring),
      workload_(build_work(cell, measuring)),
      ledger_(during("build", [this] { return Ledger(*workload_); })),
      job_(ledger_.job(*workload_)),
      options_{.workers = cell.workers, .cpus = measuring.cpus, .values = cell.options},
      receipt_(*workload_, options_, cell.executor->kind),
      completed_before_(during("build", [this] { return workload_->completed(); }).value_or(0)) {
  require_common_memory(cell, *workload_);
  require_fork(*cell.executor, *workload_);
  if (measuring.load) {
    require_intake(*cell.executor, *workload_);
    open_loop_ = std::make_unique<OpenLoop>(*workload_, ledger_, cell.workload->waits, options_, measuring);
    return;
  }
  if (measuring.observer == nullptr) return;
  observer_ = measuring.observer->make();
  job_ = ledger_.job(observer_->wrap(*workload_, options_));
}

Life::~Life() = default;

void Life::open() {
  during("open", [this] {
    const auto start = Clock::now();
    executor_ = cell_.executor->open({cell_.workload, cell_.values, measuring_.seed}, options_);
    stages_.open += Clock::now() - start;
  });
}

void Life::close() {
  const auto start = Clock::now();
  during("run", [this] { executor_->close(); });
  executor_.reset();
  stages_.close += Clock::now() - start;
}

void Life::prove() {
  during("open", [this] {
    if (cell_.executor->kind != ExecutorEntry::Kind::processes) measuring_.probe_threads(cell_.workers);
  });
  count_a_batch("receipt");
  if (const auto wrong = receipt_.misplaced()) throw Error(*wrong, {}, "placement");
  if (cell_.cold) stages_ = {};
  lives_ = cell_.cold ? 0 : 1;
}

void Life::run_batch() {
  if (!cell_.cold) return run_open_batch();
  open();
  const auto start = Clock::now();
  run_open_batch();
  stages_.run += Clock::now() - start;
  close();
  ++lives_;
}

void Life::prove_again() {
  const Stages timed = stages_;
  count_a_batch("run");
  if (cell_.cold)
    stages_ = timed;
  else
    close();
  during("run", [this] {
    require_law();
    require_completed();
  });
}

nlohmann::ordered_json Life::run_open_loop() {
  auto evidence = open_loop_->run(*executor_);
  completed_before_ += open_loop_->done();
  require_completed();
  return evidence;
}

void Life::count_a_batch(const char* stage) {
  if (!executor_) open();
  during(stage, [this] {
    const auto wrong = receipt_.check(*executor_, ledger_);
    executor_->require_workers();  // a death is the reason for whatever else is wrong
    if (wrong) throw Error(*wrong);
    require_completed();
  });
  if (cell_.cold) close();
}

void Life::require_law() const {
  if (executor_) executor_->require_workers();
  if (const auto wrong = ledger_.broken()) throw Error(*wrong);
}

void Life::require_completed() const {
  const auto completed = workload_->completed();
  const std::uint64_t expected = ledger_.batches() * workload_->tasks();
  if (!completed || *completed - completed_before_ == expected) return;
  throw Error("independent count: " + std::to_string(*completed - completed_before_) + " completed tasks, expected " +
              std::to_string(expected));
}

std::vector<pid_t> Life::processes() const { return executor_ ? executor_->processes() : std::vector<pid_t>{}; }

Life::Stages Life::mean_stages() const {
  const auto lives = static_cast<double>(std::max<std::uint64_t>(1, lives_));
  return {.open = stages_.open / lives, .run = stages_.run / lives, .close = stages_.close / lives};
}

}  // namespace fanout
