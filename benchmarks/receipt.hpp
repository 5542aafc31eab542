#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

#include "benchmarks/ledger.hpp"
#include "executors/executor.hpp"
#include "system/affinity.hpp"
#include "system/cpu_time.hpp"
#include "system/shared_memory.hpp"
#include "workloads/async_workload.hpp"

namespace fanout {

/// The proof that an executor does the work with the workers that were asked for: a decorator that counts every task,
/// worker and process of one untimed batch at a time, before the clock starts and again after it has stopped.
///
/// To tell how many workers there are even where tasks are too short, the first callers wait for each other inside the
/// workload until as many as were asked for have met there, or patience runs out. Tasks that run as coroutines meet
/// twice: first the threads that they hold, then, without holding them, all that are in flight. Workers of tasks that
/// are trees meet in branches: the one that runs the first task goes down its first branches until it has left enough
/// beside its way for all others, and each of those waits in the first that it takes. Build it before the executor is
/// opened, so that forked workers know it.
class Receipt final : public Decorator, private AsyncWorkload {
 public:
  Receipt(const Workload& workload, const Options& options, ExecutorEntry::Kind kind = ExecutorEntry::Kind::threads,
          std::chrono::milliseconds patience = std::chrono::seconds(10),
          std::vector<unsigned> home = starting_affinity());

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override;
  const AsyncWorkload* async() const override { return inner().async() != nullptr ? this : nullptr; }

  /// Runs one batch, and counts it in the ledger. What is wrong with it in one line, or nothing. Lets the executor's
  /// exceptions pass.
  std::optional<std::string> check(Executor& executor, Ledger& ledger);

  /// Tasks that a correct executor has under way at the same time, at least 1; to be asked after check().
  unsigned at_once() const;

  /// How a worker was placed otherwise than on the CPUs `home`, in one line, or nothing; to be asked after check().
  /// Placement is set from outside the process, so that it is the same for every executor.
  std::optional<std::string> misplaced() const;

  /// CPU time of the task bodies in the batch that took least of all that were checked; zero for coroutines and trees.
  std::chrono::nanoseconds least_cpu() const { return least_cpu_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Meeting {
    std::atomic<unsigned> inside = 0;
    std::atomic<unsigned> most = 0;  ///< callers inside at the same time
    std::atomic<bool> over = false;  ///< the waiting has ended
    unsigned wanted = 0;             ///< callers that a correct executor has inside at the same time
  };
  /// The first worker seen that may not use just the CPUs of its process.
  struct Stray {
    std::atomic<bool> seen = false;
    std::atomic<bool> outside = false;  ///< a CPU of its own is not the process's
    std::atomic<std::size_t> cpus = 0;  ///< how many it may use
  };
  /// The processes in which tasks ran.
  struct Places {
    std::atomic<bool> here = false;    ///< in the process that calls run()
    std::atomic<pid_t> elsewhere = 0;  ///< one of the others, if there are any
  };
  class Visit;
  class CountingLane;
  class Stay;
  class MeetingFork;

  static std::size_t breadth_of(const Workload& workload);
  void run_tree(std::size_t task, std::span<std::uint64_t> out) const;
  void meet_workers() const;
  void meet(Meeting& meeting) const;
  void note_process() const;
  void note_placement() const;
  void start_anew();
  std::optional<std::string> wrong_counts() const;
  std::optional<std::string> wrong_workers() const;
  std::unique_ptr<Lane> lane() const override;

  ExecutorEntry::Kind kind_;
  std::chrono::milliseconds patience_;
  std::vector<unsigned> home_;  ///< the process's CPUs
  pid_t parent_;
  std::chrono::nanoseconds reading_ = cost_of_thread_cpu_time();  ///< what measuring a task body adds to it
  std::chrono::nanoseconds least_cpu_ = std::chrono::nanoseconds::max();
  Shared<Stray> stray_;
  Shared<Meeting> workers_;
  Shared<Meeting> in_flight_;  ///< of coroutines
  Shared<Places> places_;
  Shared<std::atomic<std::int64_t>> cpu_;      ///< ns in task bodies, of this batch
  SharedArray<std::atomic<pid_t>> processes_;  ///< other than this one, each once, as many as there are to be workers
  SharedArray<std::atomic<std::uint32_t>> runs_;  ///< by task, of this batch
};

}  // namespace fanout
