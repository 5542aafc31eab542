#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace fanout {

/// CPUs that this process can really use: the smaller of its affinity and the cgroup quotas (v1 or v2) of its group and
/// all ancestors. Fractional; `root` replaces "/" in tests.
double effective_cpus(const std::filesystem::path& root = "/");

/// What of this machine and build a reader must know to trust a number, by context key.
std::map<std::string, std::string> machine_context();

/// Variables that steer the runtimes behind the executors (OMP_*, GOMP_*, KMP_*, TBB_*), as they are set.
std::map<std::string, std::string> runtime_environment();

}  // namespace fanout
