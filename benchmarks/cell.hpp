#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "executors/executor.hpp"
#include "workloads/workload.hpp"

namespace fanout {

/// One cell: what is measured, under one name.
struct Cell {
  const WorkloadEntry* workload;
  Values values;  ///< of the workload's parameters
  const ExecutorEntry* executor;
  Values options;  ///< of the executor's parameters
  unsigned workers = 1;
  bool cold = false;  ///< workers are started and ended within the clock
  /// Of weak scaling: the values at one worker, by which the cell is named; `values` are so many times the work.
  std::optional<Values> at_one = {};

  /// What competitors have in common, the workload with its parameters: "math/kernel:primes/tasks:256/size:2000";
  /// "math/scaling:weak/kernel:..." with the values at one worker.
  [[nodiscard]] std::string case_name() const;
  /// What competitors of a case differ in, beside workers: the executor with those of its parameters that are not at
  /// their defaults, "coroutines@64".
  [[nodiscard]] std::string contender() const;
  /// "math/pool/workers:2/kernel:primes/tasks:256/size:2000", "sleep/coroutines/workers:1/in_flight:all/...",
  /// "math/pool/workers:2/lifecycle:cold/...".
  [[nodiscard]] std::string name() const;
  /// The values by which it is named.
  [[nodiscard]] const Values& named() const { return at_one ? *at_one : values; }
  /// What makes fanout-bench run this cell alone.
  [[nodiscard]] std::vector<std::string> arguments() const;
  /// All of the above and every parameter, as results and --dry-run=json have it; numbers in seconds, bytes and counts.
  [[nodiscard]] nlohmann::ordered_json as_json() const;
};

}  // namespace fanout
