#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <string>
#include <vector>

#include "benchmarks/ledger.hpp"
#include "executors/executor.hpp"
#include "system/shared_memory.hpp"

namespace fanout::testing {

/// A workload cut down to so many tasks of the smallest work, for every choice of its first parameter (kernels,
/// algorithms): whatever is registered, the tests over all pairs know how to make it quick.
inline std::vector<Values> tiny(const WorkloadEntry& entry, std::size_t tasks) {
  std::map<std::string, std::string> settings;
  for (const Parameter& parameter : entry.parameters) {
    if (parameter.role == role::kTasks) settings[parameter.name] = std::to_string(tasks);
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

/// The tasks that so many become: of a pipeline one a stage.
inline std::size_t tasks_of(const WorkloadEntry& entry, std::size_t tasks) {
  return entry.name == "pipeline" ? 4 * tasks : tasks;
}

/// The workload, or null where this program was built without its library.
inline std::unique_ptr<Workload> built(const WorkloadEntry& entry, const Values& values, std::uint64_t seed) {
  try {
    return entry.build(values, seed);
  } catch (const Unavailable&) {
    return nullptr;
  }
}

/// Whether it holds in one of ten tries: a busy machine disturbs some measurements, a fault disturbs them all.
template <class Try>
bool holds_once(const Try& attempt) {
  for (int tries = 0; tries < 10; ++tries) {
    if (attempt()) return true;
  }
  return false;
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

inline const ExecutorEntry& executor(const std::string& name) { return *Executors::find(name); }

/// What an executor may be opened with: so many workers, and, where it declares how many tasks are in flight or handed
/// out at once, its default, the smallest value and one in between.
inline std::vector<Options> options(const ExecutorEntry& entry, unsigned workers) {
  const unsigned count = entry.kind == ExecutorEntry::Kind::serial ? 1 : workers;
  std::vector<Options> all{entry.options(count, 2)};
  for (const Parameter& parameter : entry.parameters) {
    if (parameter.role != role::kInFlight && parameter.role != role::kGrain) continue;
    for (const char* value : {"1", "3"}) all.push_back(entry.options(count, 2, {{parameter.name, value}}));
  }
  return all;
}

/// An executor ready to run; where it hands out several tasks at once by default, single ones.
inline std::unique_ptr<Executor> start(const ExecutorEntry& entry, unsigned workers, unsigned cpus = 2) {
  std::map<std::string, std::string> given;
  for (const Parameter& parameter : entry.parameters) {
    if (parameter.role == role::kGrain) given.emplace(parameter.name, "1");
  }
  return entry.open({}, entry.options(workers, cpus, given));
}

inline std::unique_ptr<Executor> start(const std::string& name, unsigned workers, unsigned cpus = 2) {
  return start(executor(name), workers, cpus);
}

/// One more batch, which has to keep the law, as all before it.
inline void expect_law(Executor& executor, const Work& work, Ledger& ledger) {
  executor.run(ledger.job(work));
  ledger.close_batch();
  EXPECT_EQ(ledger.broken(), std::nullopt);
}

/// Kills a worker between batches, and waits until it is dead; somebody else has to reap it.
inline pid_t kill_worker(const Executor& executor) {
  const pid_t victim = executor.processes().back();
  kill(victim, SIGKILL);
  siginfo_t end{};
  waitid(P_PID, static_cast<id_t>(victim), &end, WEXITED | WNOWAIT);
  return victim;
}

/// A workload whose tasks call a function of their index, for tests of executors.
template <class Body>
class Tasks final : public Workload {
 public:
  Tasks(std::size_t tasks, Body body) : tasks_(tasks), body_(std::move(body)) {}
  std::size_t tasks() const override { return tasks_; }
  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    for (std::size_t i = first; i < last; ++i) {
      body_(i);
      deliver(out[i - first], i * i);
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
