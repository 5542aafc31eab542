#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/registry.hpp"
#include "core/values.hpp"
#include "workloads/job.hpp"
#include "workloads/workload.hpp"

namespace fanout {

/// How many workers, and what they may do to this machine.
struct Options {
  unsigned workers = 1;  ///< exactly as many run tasks, the calling thread counted if it takes part
  unsigned cpus = 1;     ///< CPUs that this process may use: where workers exceed them, waiting by spinning is harmful
  Values values = {};    ///< of the parameters that the executor declares
};

/// Where the work comes from: what a worker elsewhere needs to build it again.
struct Origin {
  const WorkloadEntry* workload = nullptr;
  Values values = {};
  std::uint64_t seed = 1;
};

/// The door for tasks that come one by one, as requests do: begin(), submit() for each of them, finish(). The law and
/// what is thrown are as of Executor::run(), with as many tasks as were submitted. All `workers` run tasks; the calling
/// thread is none of them.
class Intake {
 public:
  Intake() = default;
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;
  virtual ~Intake() = default;

  /// Tasks of this job are to come, which outlives finish(); no run() until then.
  virtual void begin(const Job& job) = 0;

  /// Task 0, then task 1 and so on: the next one is there. Returns without waiting for it, or for room.
  virtual void submit(std::size_t task) = 0;

  /// Returns when all that was submitted is done.
  virtual void finish() = 0;
};

/// Workers, ready to run jobs. The law: every run() runs each task exactly once, with at most `workers` workers at a
/// time, and is over when all of them are done.
///
/// A task that throws, or a worker that dies, makes run() throw with that reason, after every worker has come to rest:
/// which of the other tasks have run is then unspecified. After a death an executor may refuse every later run().
///
/// A batch can be over before anybody misses a dead worker: require_workers() and close() tell of every death.
class Executor {
 public:
  Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  /// Joins or reaps every worker.
  virtual ~Executor() = default;

  /// One batch: returns when every task is done. Called from the thread that opened the executor.
  virtual void run(const Job& job) = 0;

  /// The door for tasks that come one by one; null where the executor takes whole batches alone.
  [[nodiscard]] virtual Intake* intake() { return nullptr; }

  /// Living worker processes, whose CPU time this process's clock does not see.
  [[nodiscard]] virtual std::vector<pid_t> processes() const { return {}; }

  /// Throws, as run() does, where a worker process has ended; between batches, without waiting.
  virtual void require_workers() {}

  /// Ends the workers, after the last run(). Throws where a worker process has ended in any other way than this.
  virtual void close() {}
};

/// What an executor's file declares.
struct ExecutorEntry {
  enum class Kind { serial, threads, loop, processes };
  /// What memory workers have in common with the thread that calls run().
  enum class Memory {
    one,       ///< all of it
    forked,    ///< what was shared before they were forked
    separate,  ///< none: they build the work again, and digests travel
  };

  std::string name = {};
  std::string help = {};
  Kind kind = Kind::threads;
  Memory memory = Memory::one;
  bool forks = false;        ///< has the door by which tasks spawn branches (workloads/fork_join.hpp)
  std::string family = {};   ///< the runtime behind it, which charts give one hue: std, tbb, openmp, asio, fork ...
  bool standard = true;      ///< part of the default run
  std::string library = {};  ///< the library behind it with its version
  std::string idle = {};     ///< what its workers do between tasks and batches
  bool submits = false;      ///< whether it has an intake()
  std::string missing = {};  ///< why it is unavailable (names the package to install); empty where it is available
  std::vector<Parameter> parameters = {};
  std::string plugin = {};  ///< the file of the plug-in that it is from; empty: Fanout's own
  /// Starts the workers. Throws std::exception where they cannot be had. Empty where it is unavailable.
  std::function<std::unique_ptr<Executor>(const Origin&, const Options&)> open = {};

  /// The entry of another executor on the same library.
  [[nodiscard]] ExecutorEntry variant(std::string its_name, std::string its_help, decltype(open) its_open) const;

  /// This entry, left out of the default run.
  [[nodiscard]] ExecutorEntry extra() const;

  /// This entry, with the door by which tasks spawn branches.
  [[nodiscard]] ExecutorEntry forking() const;

  /// This entry, with an intake().
  [[nodiscard]] ExecutorEntry submitting() const;

  /// Options with these values of its parameters, and the defaults of the rest. Throws UsageError.
  [[nodiscard]] Options options(unsigned workers, unsigned cpus,
                                const std::map<std::string, std::string>& given = {}) const;
};

/// An entry's `open` for executor class E, built from options or from origin and options; empty where E is only
/// declared, its library being absent.
template <class E>
decltype(ExecutorEntry::open) opener() {
  if constexpr (requires { sizeof(E); }) {
    return [](const Origin& origin, const Options& options) -> std::unique_ptr<Executor> {
      if constexpr (std::is_constructible_v<E, const Origin&, const Options&>)
        return std::make_unique<E>(origin, options);
      else
        return std::make_unique<E>(options);
    };
  } else {
    return {};
  }
}

using Executors = Registry<ExecutorEntry>;

/// "serial", "threads", "loop" or "processes".
std::string to_string(ExecutorEntry::Kind kind);
/// "one", "forked" or "separate".
std::string to_string(ExecutorEntry::Memory memory);

}  // namespace fanout
