#include "benchmarks/growth.hpp"

#include <algorithm>

namespace fanout {
namespace {

/// Of the choices that the workload's file says nothing about.
Growth usual(const WorkloadEntry& workload) {
  const auto tasks = std::ranges::find(workload.parameters, std::string(role::kTasks), &Parameter::role);
  if (tasks != workload.parameters.end()) return {.parameters = {tasks->name}};
  return {.reason = "none of its parameters has the role tasks"};
}

/// Its first parameter, where that is a choice.
const std::vector<std::string>& choices(const WorkloadEntry& workload) {
  static const std::vector<std::string> kNone;
  return workload.parameters.empty() ? kNone : workload.parameters.front().choices;
}

}  // namespace

std::map<std::string, Growth> growths(const WorkloadEntry& workload) {
  std::map<std::string, Growth> all = workload.growth;
  const auto declared = [&](const std::string& choice) { return all.contains(choice); };
  if (all.empty() || !std::ranges::all_of(choices(workload), declared)) all[""] = usual(workload);
  return all;
}

Values grown(const WorkloadEntry& workload, const Values& values, unsigned workers) {
  const auto all = growths(workload);
  const std::string first = values.all().empty() ? "" : values.all().front().text;
  const Growth& growth = all.contains(first) ? all.at(first) : all.at("");
  const auto refused = [&](const std::string& why) {
    return UsageError("--scaling=weak: the work of " + workload.name +
                      (choices(workload).empty() ? "" : "." + values.all().front().parameter.name + "=" + first) +
                      " does not grow with the workers: " + why + "; leave it out");
  };
  if (growth.parameters.empty()) throw refused(growth.reason);
  Values more = values;
  for (const std::string& name : growth.parameters) {
    const auto parameter = std::ranges::find(workload.parameters, name, &Parameter::name);
    if (!parameter->instead.empty() && !values.text(parameter->instead).empty())
      throw refused(parameter->instead + " is given in place of " + name);
  }
  try {
    for (const std::string& name : growth.parameters) more = more.with(name, values.number(name) * workers);
    if (workload.check) workload.check(more);
  } catch (const UsageError& error) {
    throw UsageError("--scaling=weak on " + std::to_string(workers) + " workers: " + error.what());
  }
  return more;
}

}  // namespace fanout
