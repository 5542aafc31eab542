#include "system/cgroup.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

#include "system/first_line.hpp"

namespace fanout {
namespace {

namespace fs = std::filesystem;

/// Where the groups of the cpu controller are mounted, and this process's own below it.
std::vector<fs::path> own_groups(const fs::path& root) {
  std::vector<fs::path> groups;
  std::ifstream file(root / "proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(std::min(second + 2, line.size()));
    if (controllers.empty()) groups.push_back(root / "sys/fs/cgroup" / path);
    if (controllers == "cpu" || controllers.starts_with("cpu,") || controllers.find(",cpu") != std::string::npos) {
      groups.push_back(root / "sys/fs/cgroup/cpu" / path);
      groups.push_back(root / "sys/fs/cgroup/cpu,cpuacct" / path);
    }
  }
  return groups;
}

/// Lines of a name and a number: throttled_usec in v2, throttled_time in ns in v1.
std::optional<Throttling> read_throttling(const fs::path& group) {
  std::ifstream file(group / "cpu.stat");
  Throttling found;
  bool told = false;
  double value = 0;
  for (std::string name; file >> name >> value;) {
    if (name == "nr_periods") told = true, found.periods = static_cast<std::uint64_t>(value);
    if (name == "nr_throttled") found.throttled = static_cast<std::uint64_t>(value);
    if (name == "throttled_usec") found.seconds = value / 1e6;
    if (name == "throttled_time") found.seconds = value / 1e9;
  }
  if (!told) return {};
  return found;
}

}  // namespace

std::vector<fs::path> cpu_groups(const fs::path& root) {
  const fs::path top = (root / "sys").lexically_normal();
  std::vector<fs::path> groups;
  for (fs::path group : own_groups(root)) {
    for (; group.lexically_normal() != top && group.has_relative_path(); group = group.parent_path())
      groups.push_back(group);
  }
  return groups;
}

std::optional<double> group_quota(const fs::path& group) {
  double quota = -1;
  double period = 0;
  if (const auto line = first_line(group / "cpu.max")) {  // "max 100000" or "150000 100000"
    std::istringstream(*line) >> quota >> period;
  } else if (const auto v1 = first_line(group / "cpu.cfs_quota_us")) {  // -1 for none
    std::istringstream(*v1) >> quota;
    std::istringstream(first_line(group / "cpu.cfs_period_us").value_or("0")) >> period;
  }
  if (quota <= 0 || period <= 0) return {};
  return quota / period;
}

std::optional<Throttling> throttling(const fs::path& root) {
  Throttling most;
  for (const fs::path& group : cpu_groups(root)) {
    if (!group_quota(group)) continue;
    const auto found = read_throttling(group);
    if (!found) return {};
    if (found->seconds > most.seconds || most.periods == 0) most = *found;
  }
  return most;
}

}  // namespace fanout
