#pragma once

#include <atomic>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "system/shared_memory.hpp"
#include "workloads/workload.hpp"

namespace fanout {

/// The law of a cell: every task exactly once in every batch, the timed ones included.
///
/// Each batch has a random weight, which tasks add to what they deliver, and which is replaced when run() returns. So
/// the first word of a digest is batches x expected + the sum of the weights, modulo 2^64, and differs where a task was
/// skipped, repeated, late, skipped in one batch and doubled in another, or delivered an old result. Not seen: wrong
/// results that cancel; an executor that reads the weight on purpose; two simultaneous runs of one task that lose an
/// update of its digest (the receipt counts those atomically).
class Ledger {
 public:
  /// For a workload that is not decorated, which outlives it; weighs it from now on. Throws std::logic_error where it
  /// expects more or fewer words than its tasks have.
  explicit Ledger(Workload& workload);
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  ~Ledger() { workload_.weigh(nullptr); }

  /// The job of this work, which is the workload or decorates it.
  [[nodiscard]] Job job(const Work& work) const { return work.job(digests_.span()); }

  /// Counts a batch whose run() has just returned, and draws the weight of the next one.
  void close_batch() {
    ++batches_;
    weights_ += weight_->load(std::memory_order_relaxed);
    weight_->store(random_(), std::memory_order_relaxed);
  }

  /// Spoils the words that tasks store, so that the batches to come have to store them again.
  void spoil_stored();

  /// What is wrong in the batches so far, as a sentence; nothing where the law holds.
  [[nodiscard]] std::optional<std::string> broken() const;

  [[nodiscard]] std::uint64_t batches() const { return batches_; }
  /// What every task delivers and stores, and what it adds to the first word in the batch at hand.
  [[nodiscard]] const std::vector<std::uint64_t>& expected() const { return expected_; }
  [[nodiscard]] std::uint64_t weight() const { return weight_->load(std::memory_order_relaxed); }

 private:
  Workload& workload_;
  std::size_t width_;
  std::vector<std::uint64_t> expected_;
  SharedArray<std::uint64_t> digests_;
  Shared<std::atomic<std::uint64_t>> weight_;
  std::mt19937_64 random_{std::random_device{}()};
  std::uint64_t batches_ = 0;
  std::uint64_t weights_ = 0;  ///< the sum over the batches
};

}  // namespace fanout
