#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace fanout {

/// The control groups that limit this process's CPU time: its own of the cpu controller (v1 or v2) and all ancestors,
/// the inner ones first; some may not exist. `root` replaces "/" in tests, here and below.
std::vector<std::filesystem::path> cpu_groups(const std::filesystem::path& root = "/");

/// CPUs that one group may use, a fraction perhaps; nothing where it has no quota.
std::optional<double> group_quota(const std::filesystem::path& group);

/// What quotas have done so far, in the group that they have held back longest. Only differences mean something.
struct Throttling {
  std::uint64_t periods = 0;    ///< in which the group ran
  std::uint64_t throttled = 0;  ///< those of them in which it used its quota up
  double seconds = 0;           ///< for which it was then held back, summed over CPUs
};

/// Zeros where there is no quota; nothing where there is one that does not tell.
std::optional<Throttling> throttling(const std::filesystem::path& root = "/");

}  // namespace fanout
