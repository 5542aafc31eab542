#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

#include "executors/executor.hpp"
#include "system/affinity.hpp"
#include "system/shared_memory.hpp"
#include "workloads/async_workload.hpp"

namespace fanout {

/// The proof that an executor does the work: a decorator that counts every task of one untimed batch.
///
/// To tell how many workers there are even where tasks are too short, the first callers wait for each other inside the
/// workload until as many as were asked for have met there, or patience runs out. Tasks that run as coroutines meet
/// twice: first the threads that they hold, then, without holding them, all that are in flight.
/// Build it before the executor is opened, so that forked workers know it.
class Receipt final : public Workload, private AsyncWorkload {
 public:
  Receipt(const Workload& workload, const Options& options,
          std::chrono::milliseconds patience = std::chrono::seconds(10),
          std::vector<unsigned> home = starting_affinity());

  std::size_t tasks() const override { return workload_.tasks(); }
  std::size_t width() const override { return workload_.width(); }
  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> digests) const override;
  std::vector<std::uint64_t> expected() const override { return workload_.expected(); }

  const AsyncWorkload* async() const override { return workload_.async() != nullptr ? this : nullptr; }

  /// Tasks that a correct executor has under way at the same time, at least 1; to be asked after check().
  unsigned at_once() const;

  /// How a worker was placed otherwise than on the CPUs `home`, in one line, or nothing; to be asked after check().
  /// Placement is for whoever starts the process, so that it is the same for every executor.
  std::optional<std::string> misplaced() const;

  /// Runs one batch. What is wrong with it in one line, or nothing. Lets the executor's exceptions pass.
  std::optional<std::string> check(Executor& executor, std::span<std::uint64_t> digests,
                                   std::span<const std::uint64_t> expected);

 private:
  using Clock = std::chrono::steady_clock;
  struct Meeting {
    std::atomic<unsigned> inside = 0;
    std::atomic<unsigned> most = 0;  ///< callers inside at the same time
    std::atomic<bool> over = false;  ///< nobody waits any more
    unsigned wanted = 0;             ///< callers that a correct executor has inside at the same time
  };
  /// The first worker seen that may not use just the CPUs of its process.
  struct Stray {
    std::atomic<bool> seen = false;
    std::atomic<bool> outside = false;  ///< a CPU of its own is not the process's
    std::atomic<std::size_t> cpus = 0;  ///< how many it may use
  };
  class Visit;
  class CountingLane;

  void look_where_this_is() const;
  void meet(Meeting& meeting) const;
  std::unique_ptr<Lane> lane() const override;

  const Workload& workload_;
  std::chrono::milliseconds patience_;
  std::vector<unsigned> home_;  ///< the process's CPUs
  Shared<Stray> stray_;
  Shared<Meeting> workers_;
  Shared<Meeting> in_flight_;                     ///< of coroutines
  SharedArray<std::atomic<std::uint32_t>> runs_;  ///< by task
};

/// Overwrites every digest with one that is certainly wrong.
void poison(std::span<std::uint64_t> digests, std::span<const std::uint64_t> expected);

/// The first wrong digest, as a sentence; nothing where all are right. Digests have `width` words.
std::optional<std::string> wrong_digest(std::span<const std::uint64_t> digests, std::span<const std::uint64_t> expected,
                                        std::size_t width = 1);

}  // namespace fanout
