#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/registry.hpp"
#include "executors/executor.hpp"

namespace fanout {

/// One cell: what is measured, and its name in JSON.
struct Cell {
  const WorkloadEntry* workload;
  Values values;
  const ExecutorEntry* executor;
  unsigned workers;
  std::size_t extent = 0;  ///< along the executor's own axis; 0: its default
  bool cold = false;       ///< workers are started and ended within the clock

  /// "math/pool/workers:2/kernel:primes/tasks:256/size:2000", "sleep/coroutines/workers:1/in_flight:all/...",
  /// "math/pool/workers:2/lifecycle:cold/...".
  [[nodiscard]] std::string name() const;
};

/// What a user asked for, as it was written.
struct Request {
  std::vector<std::string> workloads{"*"};  ///< names or globs
  std::vector<std::string> executors{"*"};  ///< names or globs
  std::vector<std::string> workers{"1", "max"};
  std::vector<std::string> in_flight{"all"};
  std::vector<std::string> grain{"auto"};
  std::string lifecycle = "warm";     ///< "warm", "cold" or "both"
  std::vector<std::string> settings;  ///< "workload.parameter=value[,value...]"
  std::string filter;                 ///< Google Benchmark's regular expression; "-" before it inverts
};

/// The cells of a request; those of process executors first, because they cannot fork safely once a threading runtime
/// has been used. Throws UsageError on unknown names, bad values and an empty selection.
std::vector<Cell> select(const Request& request, unsigned cpus);

}  // namespace fanout
