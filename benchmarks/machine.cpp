#include "benchmarks/machine.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string_view>

#include "fanout_build.hpp"
#include "system/affinity.hpp"
#include "system/cgroup.hpp"
#include "system/first_line.hpp"

namespace fanout {
namespace {

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(std::min(line.find(':') + 2, line.size()));
  }
  return "unknown";
}

/// The hypervisor where there is one, as far as a guest without privileges can tell.
std::string virtualisation() {
  if (const auto vendor = first_line("/sys/class/dmi/id/sys_vendor"); vendor && !vendor->empty()) {
    for (const std::string_view name : {"QEMU", "VMware", "Xen", "innotek", "Amazon EC2", "Google", "Microsoft"})
      if (vendor->find(name) != std::string::npos) return *vendor;
  }
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("flags") && line.find(" hypervisor") != std::string::npos) return "a hypervisor";
  }
  return "none seen";
}

}  // namespace

double effective_cpus(const std::filesystem::path& root) {
  double cpus = static_cast<double>(starting_affinity().size());
  for (const auto& group : cpu_groups(root)) {
    if (const auto quota = group_quota(group)) cpus = std::min(cpus, *quota);
  }
  return cpus;
}

std::map<std::string, std::string> machine_context() {
  utsname system{};
  uname(&system);
  return {{"fanout_version", build::kVersion},
          {"commit", build::kCommit},
          {"cpu_model", cpu_model()},
          {"governor", first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").value_or("unknown")},
          {"smt", first_line("/sys/devices/system/cpu/smt/control").value_or("unknown")},
          {"virtualisation", virtualisation()},
          {"kernel", std::string(system.sysname) + " " + system.release},
          {"architecture", system.machine},
          {"compiler", build::kCompiler},
          {"flags", build::kFlags},
          {"build_type", build::kBuildType}};
}

std::map<std::string, std::string> runtime_environment() {
  std::map<std::string, std::string> found;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    for (const std::string_view prefix : {"OMP_", "GOMP_", "KMP_", "TBB_"}) {
      if (!variable.starts_with(prefix)) continue;
      const auto equals = std::min(variable.find('='), variable.size() - 1);
      found.emplace(variable.substr(0, equals), variable.substr(equals + 1));
    }
  }
  return found;
}

}  // namespace fanout
