#pragma once

#include <atomic>
#include <numeric>
#include <stdexcept>
#include <string>

#include "system/shared_memory.hpp"
#include "workloads/digest.hpp"
#include "workloads/queue/shared_queue.hpp"
#include "workloads/workload.hpp"

namespace fanout {

/// What goes through the queue of a CountedItems.
struct QueueLoad {
  std::size_t tasks = 0;
  std::size_t items = 1;     ///< that a task puts
  std::size_t capacity = 1;  ///< of the queue
};

/// Whether of the items that one taker took, those of the same task came in the order in which it put them.
inline bool in_order_of_putters(std::span<const Item> taken) {
  for (std::size_t later = 1; later < taken.size(); ++later) {
    for (const Item& earlier : taken.first(later)) {
      if (earlier.task == taken[later].task && earlier.index >= taken[later].index) return false;
    }
  }
  return true;
}

/// Tasks that put items into a queue that all workers share, and take as many out: whichever come. Every item's takes
/// are counted in memory that forked workers share.
///
/// No task waits for ever, whatever the capacity and however few the workers: a task puts before it takes, so the items
/// inside are one for each worker between its put and its take. A task that takes finds one there; and where the
/// queue is full, some of those workers are about to take.
template <class Queue>
class CountedItems final : public Workload {
 public:
  CountedItems(const QueueLoad& load, std::uint64_t seed)
      : tasks_(load.tasks), items_(load.items), seed_(seed), queue_(load.capacity), takes_(tasks_ * items_) {}

  [[nodiscard]] std::size_t tasks() const override { return tasks_; }
  [[nodiscard]] State state() const override { return Queue::kShared ? State::shared : State::process; }

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    std::vector<Item> taken(Queue::kOrderToCheck ? items_ : 0);
    for (std::size_t i = first; i < last; ++i) {
      for (std::size_t k = 0; k < items_; ++k) {
        queue_.put({.task = static_cast<std::uint32_t>(i), .index = static_cast<std::uint32_t>(k)});
        const Item item = queue_.take();
        takes_[item.task * items_ + item.index].fetch_add(1, std::memory_order_relaxed);
        if constexpr (Queue::kOrderToCheck) taken[k] = item;
      }
      if (!in_order_of_putters(taken))
        throw std::runtime_error("task " + std::to_string(i) + " took two items of one task in the wrong order");
      deliver(out[i - first], mix(seed_ ^ i));
    }
  }

  [[nodiscard]] std::vector<std::uint64_t> expected() const override {
    std::vector<std::uint64_t> digests(tasks_);
    for (std::size_t i = 0; i < tasks_; ++i) digests[i] = mix(seed_ ^ i);
    return digests;
  }

  /// Between batches only: by then every item has been taken as often as every other.
  [[nodiscard]] std::optional<std::uint64_t> completed() const override {
    const auto counts = takes_.span();
    if (counts.empty()) return 0;
    if (queue_.size() != 0)
      throw std::runtime_error("when all tasks were done, the queue held " + std::to_string(queue_.size()) + " items");
    const std::uint64_t total = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
    const std::uint64_t batches = (total + counts.size() / 2) / counts.size();  // also where a few do not fit
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (counts[i] == batches) continue;
      throw std::runtime_error("item " + std::to_string(i) + " was taken " + std::to_string(counts[i]) + " times in " +
                               std::to_string(batches) + " batches");
    }
    return batches * tasks_;
  }

 private:
  std::size_t tasks_;
  std::size_t items_;
  std::uint64_t seed_;
  mutable Queue queue_;
  SharedArray<std::atomic<std::uint32_t>> takes_;
};

}  // namespace fanout
