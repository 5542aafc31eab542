#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "core/registry.hpp"
#include "executors/executor.hpp"
#include "workloads/workload.hpp"

namespace fanout {

/// Evidence of what happens while a cell runs, taken in a process of its own that publishes no time: nothing that
/// observes runs inside the clock.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  /// The work that executors are given in place of this one, which outlives it: a decorator of the observer's, or the
  /// work itself. Called once, before the executor is opened, so that forked workers know it.
  virtual const Workload& wrap(const Workload& workload, const Options& options) = 0;

  /// Round the observed batches, with the workers at rest. Cold workers end meanwhile: each batch has its own.
  virtual void begin(const Executor& /*executor*/) {}
  virtual void end(const Executor& /*executor*/) {}

  /// Round each of them: the workers are at rest, or, cold ones, not there yet and no more.
  virtual void batch_begin() {}
  virtual void batch_end() {}

  /// Brings together what workers have recorded in memory of their own; after end(), with the executor still open.
  virtual void merge() {}

  /// What was seen, for programs; after merge(). `batches` were observed.
  [[nodiscard]] virtual nlohmann::ordered_json evidence(std::uint64_t batches) const = 0;

  /// All that was seen, in a format that other programs read; after merge(). Of those that declare `traces`.
  [[nodiscard]] virtual std::string trace() const { return {}; }
};

/// What an observer's file declares.
struct ObserverEntry {
  std::string name;
  std::string help;
  int version = 1;      ///< of its evidence: raised when a field changes its meaning
  bool traces = false;  ///< whether it has a trace(), for --trace
  std::function<std::unique_ptr<Observer>()> make = {};
};

using Observers = Registry<ObserverEntry>;

}  // namespace fanout
