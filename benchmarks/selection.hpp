#pragma once

#include <string>
#include <vector>

#include "benchmarks/cell.hpp"
#include "core/registry.hpp"

namespace fanout {

/// What a user asked for, as it was written.
struct Request {
  std::vector<std::string> workloads{"*"};  ///< names or globs
  std::vector<std::string> executors{"*"};  ///< names or globs
  std::vector<std::string> workers{"1", "max"};
  std::string lifecycle = "warm";     ///< "warm", "cold" or "both"
  bool weak = false;                  ///< at N workers a cell does N times the work
  std::vector<std::string> settings;  ///< "owner.parameter=value[,value...]", of a workload or an executor
  std::string filter;                 ///< Google Benchmark's regular expression; "-" before it inverts
};

/// The cells of a request; those of process executors first, because they cannot fork safely once a threading runtime
/// has been used. Throws UsageError on unknown names, bad values and an empty selection.
std::vector<Cell> select(const Request& request, unsigned cpus);

}  // namespace fanout
