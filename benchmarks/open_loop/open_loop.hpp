#pragma once

#include <memory>
#include <nlohmann/json.hpp>

#include "benchmarks/ledger.hpp"
#include "benchmarks/open_loop/arrivals.hpp"
#include "benchmarks/open_loop/generator.hpp"
#include "executors/executor.hpp"

namespace fanout {

struct Measuring;

/// Tasks that arrive by themselves, for a window: what they are, who brings them, and what was seen.
class OpenLoop {
 public:
  /// For a workload of this ledger; before the executor is opened. Throws UsageError where so many arrivals do not fit
  /// into memory.
  OpenLoop(const Workload& workload, const Ledger& ledger, bool waits, const Options& options,
           const Measuring& measuring);

  /// The window, and then until what has arrived is done, or as long again as the window was: then what has not begun
  /// is given up. Throws what a task throws, or where the law does not hold. The evidence of the observer `latency`.
  nlohmann::ordered_json run(Executor& executor);

  /// Runs of the workload's tasks in all windows.
  [[nodiscard]] std::uint64_t done() const { return done_; }

 private:
  void complete_batches(std::size_t submitted);

  const Workload& workload_;
  const Measuring& measuring_;
  unsigned workers_;
  std::vector<std::int64_t> times_;
  std::unique_ptr<Arrivals> arrivals_;
  Generator generator_;
  std::uint64_t done_ = 0;
};

}  // namespace fanout
