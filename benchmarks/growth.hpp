#pragma once

#include <map>
#include <string>

#include "workloads/workload.hpp"

namespace fanout {

/// What weak scaling multiplies in a workload: by the choices of its first parameter, all others under "".
std::map<std::string, Growth> growths(const WorkloadEntry& workload);

/// The values that make a batch `workers` times the work. Throws UsageError where nothing makes it that, or where the
/// values would be out of their ranges.
Values grown(const WorkloadEntry& workload, const Values& values, unsigned workers);

}  // namespace fanout
