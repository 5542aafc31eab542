#pragma once

#include <atomic>
#include <memory>
#include <span>

#include "benchmarks/observers/states/phases.hpp"
#include "system/shared_memory.hpp"
#include "workloads/workload.hpp"

namespace fanout::states {

/// The decorator that keeps a record for each worker of the batch at hand, in memory that forked workers share. A
/// worker reads its own times before its first range of a batch, and before and after some ranges that are drawn at
/// random: so many that reading takes about 1 % of its CPU time, all of them where they last about 1.2 ms or more. At
/// any other range it counts.
class Recording final : public Decorator {
 public:
  /// Waits for CPUs are read under `proc`; empty: they are not.
  Recording(const Workload& workload, unsigned workers, std::string proc);
  ~Recording() override;

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override;
  [[nodiscard]] const AsyncWorkload* async() const override { return lanes_.get(); }

  /// Round a batch, with the workers at rest. Of ranges, `share` are drawn; 0: each worker goes by its first one.
  void open(double share);
  void close();

  /// Of the batch that was closed last.
  [[nodiscard]] std::span<const Record> records() const;
  /// Tasks so far of workers that found no room for a record.
  [[nodiscard]] std::uint64_t others() const;
  /// Whether tasks have been run as coroutines, whose bodies cannot be told apart.
  [[nodiscard]] bool coroutines() const;
  /// Of these, how many were timed on their way through the loop's queue, and the time that it took, in ns.
  [[nodiscard]] std::uint64_t queued() const;
  [[nodiscard]] double queued_time() const;

  struct Memory;  ///< what workers share

 private:
  class Lanes;

  Record* enter(std::uint64_t batch) const;
  void run_sampled(Record& record, std::size_t first, std::size_t last, std::span<std::uint64_t> out) const;
  bool count_task() const;  ///< and whether it is to be timed in the queue

  std::string proc_;
  std::shared_ptr<Memory> memory_;
  std::unique_ptr<AsyncWorkload> lanes_;
};

}  // namespace fanout::states
