#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>

#include "system/process_mutex.hpp"
#include "system/shared_memory.hpp"
#include "workloads/digest.hpp"

namespace fanout {

/// What is put into a queue and taken out of it: the index-th item of a task.
struct Item {
  std::uint32_t task = 0;
  std::uint32_t index = 0;
  std::uint64_t rank = 0;  ///< what its queue's discipline goes by, and sets
};

/// The items in a queue, and how many have ever been put and taken.
struct Inside {
  std::span<Item> items;
  std::uint64_t puts = 0;
  std::uint64_t takes = 0;

  [[nodiscard]] std::size_t size() const { return puts - takes; }
};

// Disciplines: put() when there is room, take() when there is something, and then, with the item counted out, whether
// it was the right one.

/// A ring.
struct Fifo {
  static constexpr const char* kPromise = "first in, first out";
  static void put(const Inside& inside, Item item) {
    item.rank = inside.puts;
    inside.items[inside.puts % inside.items.size()] = item;
  }
  static Item take(const Inside& inside) { return inside.items[inside.takes % inside.items.size()]; }
  static bool right(const Inside& left, const Item& item) { return item.rank + 1 == left.takes; }
};

/// A stack.
struct Lifo {
  static constexpr const char* kPromise = "last in, first out";
  static void put(const Inside& inside, Item item) {
    item.rank = inside.puts;
    inside.items[inside.size()] = item;
  }
  static Item take(const Inside& inside) { return inside.items[inside.size() - 1]; }
  static bool right(const Inside& left, const Item& item) {
    return left.size() == 0 || left.items[left.size() - 1].rank < item.rank;
  }
};

/// A binary heap.
struct Priority {
  static constexpr const char* kPromise = "highest priority first";
  static std::uint64_t priority(const Item& item) { return mix(std::uint64_t{item.task} << 32U | item.index); }
  static bool lower(const Item& a, const Item& b) { return a.rank < b.rank; }

  static void put(const Inside& inside, Item item) {
    item.rank = priority(item);
    const auto heap = inside.items.first(inside.size() + 1);
    heap.back() = item;
    std::ranges::push_heap(heap, lower);
  }
  static Item take(const Inside& inside) {
    const auto heap = inside.items.first(inside.size());
    std::ranges::pop_heap(heap, lower);
    return heap.back();
  }
  static bool right(const Inside& left, const Item& item) {
    return left.size() == 0 || !lower(item, left.items.front());
  }
};

/// A bounded queue between threads or forked processes: one mutex, and a condition variable at each end.
template <class Discipline>
class SharedQueue {
 public:
  static constexpr bool kShared = true;         // by processes
  static constexpr bool kOrderToCheck = false;  // it does so itself

  explicit SharedQueue(std::size_t capacity) : items_(capacity) { control_->inside.items = items_.span(); }

  /// Waits while the queue is full.
  void put(const Item& item) {
    {
      const std::scoped_lock lock(control_->mutex);
      Inside& inside = control_->inside;
      while (inside.size() == inside.items.size()) control_->not_full.wait(control_->mutex);
      Discipline::put(inside, item);
      ++inside.puts;
    }
    control_->not_empty.notify_one();
  }

  /// Waits while the queue is empty. Throws where this was not the item's turn.
  Item take() {
    Item item;
    bool right = false;
    {
      const std::scoped_lock lock(control_->mutex);
      Inside& inside = control_->inside;
      while (inside.size() == 0) control_->not_empty.wait(control_->mutex);
      item = Discipline::take(inside);
      ++inside.takes;
      right = Discipline::right(inside, item);
    }
    control_->not_full.notify_one();
    if (right) return item;
    throw std::runtime_error("item " + std::to_string(item.index) + " of task " + std::to_string(item.task) +
                             " came out when it was not its turn: " + Discipline::kPromise);
  }

  /// With every worker at rest.
  [[nodiscard]] std::size_t size() const { return control_->inside.size(); }

 private:
  struct Control {
    ProcessMutex mutex;
    ProcessCondition not_full;
    ProcessCondition not_empty;
    Inside inside;
  };

  SharedArray<Item> items_;
  Shared<Control> control_;
};

}  // namespace fanout
