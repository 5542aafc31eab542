#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/registry.hpp"
#include "executors/executor.hpp"
#include "system/shared_memory.hpp"

namespace fanout::testing {

/// A workload cut down to so many tasks of the smallest work, for every choice of its first parameter (kernels,
/// algorithms): whatever is registered, the tests over all pairs know how to make it quick.
inline std::vector<Values> tiny(const WorkloadEntry& entry, std::size_t tasks) {
  std::map<std::string, std::string> settings;
  for (const Parameter& parameter : entry.parameters) {
    if (parameter.name == "tasks" || parameter.name == "requests") settings[parameter.name] = std::to_string(tasks);
    if (parameter.name == "size") settings["size"] = parameter.type == Parameter::Type::count ? "8" : "1KiB";
    if (parameter.type == Parameter::Type::duration && parameter.named) settings[parameter.name] = "100us";
  }
  const bool has_choice = !entry.parameters.empty() && entry.parameters.front().type == Parameter::Type::choice;
  if (!has_choice) return {Values(entry.name, entry.parameters, settings)};
  std::vector<Values> all;
  for (const std::string& choice : entry.parameters.front().choices) {
    settings[entry.parameters.front().name] = choice;
    all.emplace_back(entry.name, entry.parameters, settings);
  }
  return all;
}

/// The workload, or null where this program was built without its library.
inline std::unique_ptr<Workload> built(const WorkloadEntry& entry, const Values& values, std::uint64_t seed) {
  try {
    return entry.build(values, seed);
  } catch (const Unavailable&) {
    return nullptr;
  }
}

/// The names of all registered executors that a predicate selects, for parameterised tests.
template <class Predicate>
std::vector<std::string> executor_names(const Predicate& predicate) {
  std::vector<std::string> names;
  for (const ExecutorEntry& entry : Executors::all()) {
    if (predicate(entry)) names.push_back(entry.name);
  }
  return names;
}

inline const ExecutorEntry& executor(const std::string& name) {
  return *std::ranges::find(Executors::all(), name, &ExecutorEntry::name);
}

/// What an executor may be opened with: so many workers, and, where it has an axis, its default, the smallest value and
/// one in between.
inline std::vector<Options> options(const ExecutorEntry& entry, unsigned workers) {
  const Options standard{.workers = entry.kind == ExecutorEntry::Kind::serial ? 1 : workers, .cpus = 2};
  std::vector<Options> all{standard};
  for (const std::size_t extent : {1U, 3U}) {
    Options options = standard;
    if (entry.axis == ExecutorEntry::Axis::in_flight) options.in_flight = extent;
    if (entry.axis == ExecutorEntry::Axis::grain) options.grain = extent;
    if (entry.axis != ExecutorEntry::Axis::none) all.push_back(options);
  }
  return all;
}

/// A workload whose tasks call a function of their index, for tests of executors.
template <class Body>
class Tasks final : public Workload {
 public:
  Tasks(std::size_t tasks, Body body) : tasks_(tasks), body_(std::move(body)) {}
  std::size_t tasks() const override { return tasks_; }
  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> digests) const override {
    for (std::size_t i = first; i < last; ++i) {
      body_(i);
      digests[i] = i * i;
    }
  }
  std::vector<std::uint64_t> expected() const override {
    std::vector<std::uint64_t> digests(tasks_);
    for (std::size_t i = 0; i < tasks_; ++i) digests[i] = i * i;
    return digests;
  }

 private:
  std::size_t tasks_;
  Body body_;
};

}  // namespace fanout::testing
