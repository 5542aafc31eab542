#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "benchmarks/cell.hpp"
#include "benchmarks/ledger.hpp"
#include "benchmarks/measure.hpp"
#include "benchmarks/receipt.hpp"

namespace fanout {

class OpenLoop;

/// A cell's work and its workers, from build to close. What goes wrong is thrown as an Error of the stage's kind.
class Life {
 public:
  using Clock = std::chrono::steady_clock;
  using Seconds = std::chrono::duration<double>;

  /// Seconds that batches spent on their way through the executor's life: of one warm life, or of all cold ones.
  struct Stages {
    Seconds open{};
    Seconds run{};  ///< of cold lives alone
    Seconds close{};
  };

  /// Builds the work. With an observer, batches run under it.
  Life(const Cell& cell, const Measuring& measuring);
  ~Life();

  /// Opens, and runs one untimed batch that accounts for every task and worker. Cold workers are ended again, and what
  /// that took is forgotten.
  void prove();

  /// One batch; of cold workers from open to close.
  void run_batch();

  /// One batch of workers that are open already.
  void run_open_batch() {
    executor_->run(job_);
    ledger_.close_batch();
  }

  /// Another counted batch now that the clock has stopped: workers and tasks must be what they were before. Then ends
  /// the workers, after whose end nothing may have changed.
  void prove_again();

  /// Throws where a worker has died, or a task was not done exactly once in every batch so far.
  void require_law() const;

  /// Tasks that arrive by themselves, as the measuring's load has it, in place of batches; the evidence of them.
  nlohmann::ordered_json run_open_loop();

  void open();
  void close();

  [[nodiscard]] std::vector<pid_t> processes() const;
  [[nodiscard]] const Workload& workload() const { return *workload_; }
  [[nodiscard]] const Executor& executor() const { return *executor_; }
  [[nodiscard]] const Job& job() const { return job_; }
  [[nodiscard]] const Receipt& receipt() const { return receipt_; }
  [[nodiscard]] Ledger& ledger() { return ledger_; }
  /// Null without one.
  [[nodiscard]] Observer* observer() const { return observer_.get(); }

  /// Mean of a life.
  [[nodiscard]] Stages mean_stages() const;

 private:
  void count_a_batch(const char* stage);
  void require_completed() const;

  const Cell& cell_;
  const Measuring& measuring_;
  std::unique_ptr<Workload> workload_;
  Ledger ledger_;
  Job job_;
  Options options_;
  Receipt receipt_;
  std::unique_ptr<Observer> observer_;
  std::unique_ptr<OpenLoop> open_loop_;
  std::uint64_t completed_before_;  ///< tasks, by the workload's own count
  std::unique_ptr<Executor> executor_;
  Stages stages_;
  std::uint64_t lives_ = 0;  ///< over which the stages add up
};

}  // namespace fanout
