#pragma once

#include <string>
#include <vector>

#include "benchmarks/cell.hpp"

namespace fanout {

/// Every workload with its parameters, units, ranges and defaults, and every executor with its kind, library, idle
/// policy and why it is unavailable: for people.
std::string list_for_people(double effective_cpus);

/// The same as JSON: for the runner, the tests and the docs.
std::string list_as_json(double effective_cpus);

/// The cells as results have them, each with the arguments that make fanout-bench run it alone.
std::string cells_as_json(const std::vector<Cell>& cells, double effective_cpus);

}  // namespace fanout
