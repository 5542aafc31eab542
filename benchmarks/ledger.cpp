#include "benchmarks/ledger.hpp"

#include <stdexcept>

namespace fanout {

Ledger::Ledger(Workload& workload)
    : workload_(workload), width_(workload.width()), expected_(workload.expected()), digests_(expected_.size()) {
  if (expected_.size() != workload.tasks() * width_)
    throw std::logic_error("the workload has " + std::to_string(workload.tasks()) + " tasks of " +
                           std::to_string(width_) + " words but expects " + std::to_string(expected_.size()) +
                           " words of digests");
  weight_->store(random_(), std::memory_order_relaxed);
  workload.weigh(&*weight_);
  spoil_stored();
}

void Ledger::spoil_stored() {
  for (std::size_t word = 0; word < expected_.size(); ++word) {
    if (word % width_ != 0) digests_[word] = ~expected_[word];
  }
}

std::optional<std::string> Ledger::broken() const {
  for (std::size_t word = 0; word < expected_.size(); ++word) {
    const bool summed = word % width_ == 0;
    const std::uint64_t right = summed ? batches_ * expected_[word] + weights_ : expected_[word];
    if (digests_[word] == right || (batches_ == 0 && !summed)) continue;
    const std::string task = "task " + std::to_string(word / width_);
    if (!summed)
      return task + " left " + std::to_string(digests_[word]) + " in word " + std::to_string(word % width_) +
             " of its result, expected " + std::to_string(right);
    return task + " was not done exactly once in each of the first " + std::to_string(batches_) +
           " batches: skipped, repeated, late, or with a wrong result";
  }
  return {};
}

}  // namespace fanout
