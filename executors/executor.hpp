#pragma once

#include <sys/types.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/registry.hpp"
#include "workloads/workload.hpp"

namespace fanout {

/// What to run: a workload, and where its digests go. Executors whose workers are processes need both to have existed,
/// at these addresses, when the executor was opened, and the digests to lie in shared memory.
/// On a cache line of its own: workers read it at every task, and what its creator writes beside it would cost each of
/// them (3 % of a batch of empty tbb_tasks).
struct alignas(64) Job {
  const Workload* workload;
  std::span<std::uint64_t> digests;  ///< workload->tasks() * workload->width() elements
};

/// How many workers, and what they may do to this machine.
struct Options {
  unsigned workers = 1;  ///< exactly so many run tasks, the calling thread counted if it takes part
  unsigned cpus = 1;     ///< CPUs that this process may use: where workers exceed them, waiting by spinning is harmful
  std::size_t in_flight = 0;  ///< tasks begun and not ended, at most, where there is that choice; 0: all of them
  std::size_t grain = 0;      ///< tasks handed out at once, where there is that choice; 0: default_grain()

  /// As Python's multiprocessing.Pool.map has it: a quarter of a worker's share, rounded up.
  static std::size_t default_grain(std::size_t tasks, unsigned workers) {
    const std::size_t messages = std::size_t{4} * workers;
    return std::max<std::size_t>(1, (tasks + messages - 1) / messages);
  }
};

/// Workers, ready to run jobs. The law: after run(), digests hold task i's digest for every i, each task having run
/// exactly once, by at most `workers` workers at a time.
///
/// A task that throws, or a worker that dies, makes run() throw with that message, after every worker has come to rest:
/// which of the other tasks have run is then unspecified. After a death an executor may refuse every later run().
class Executor {
 public:
  Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  /// Joins or reaps every worker.
  virtual ~Executor() = default;

  /// One batch: returns when every task is done. Called from the thread that opened the executor.
  virtual void run(const Job& job) = 0;

  /// Living worker processes, whose CPU time this process's clock does not see.
  [[nodiscard]] virtual std::vector<pid_t> processes() const { return {}; }
};

/// What an executor's file says of it.
struct ExecutorEntry {
  enum class Kind { serial, threads, loop, processes };
  /// What more there is to choose than the number of workers.
  enum class Axis {
    none,
    in_flight,  ///< Options::in_flight
    grain,      ///< Options::grain
  };

  std::string name = {};
  std::string help = {};
  Kind kind = Kind::threads;
  Axis axis = Axis::none;
  std::string library = {};  ///< the library behind it with its version
  std::string idle = {};     ///< what its workers do between tasks and batches
  std::string missing = {};  ///< why it is unavailable (names the package to install); empty where it is available
  /// Starts the workers. Throws std::exception where they cannot be had. Null where it is unavailable.
  std::unique_ptr<Executor> (*open)(const Options&) = nullptr;

  /// The entry of another executor on the same library.
  [[nodiscard]] ExecutorEntry variant(std::string its_name, std::string its_help, decltype(open) its_open) const;
};

/// An entry's `open` for executor class E; null where E is only declared, its library being absent.
template <class E>
constexpr decltype(ExecutorEntry::open) opener() {
  if constexpr (requires { sizeof(E); }) {
    return [](const Options& options) -> std::unique_ptr<Executor> { return std::make_unique<E>(options); };
  } else {
    return nullptr;
  }
}

using Executors = Registry<ExecutorEntry>;

/// "serial", "threads", "loop" or "processes".
std::string to_string(ExecutorEntry::Kind kind);

}  // namespace fanout
