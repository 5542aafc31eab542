#include "workloads/queue/counted_items.hpp"
#include "workloads/queue/shared_queue.hpp"
#include "workloads/workload.hpp"

#ifndef FANOUT_MISSING
#include <oneapi/tbb/concurrent_priority_queue.h>
#include <oneapi/tbb/concurrent_queue.h>
#include <sched.h>
#endif

namespace fanout {
namespace {

#ifdef FANOUT_MISSING

std::unique_ptr<Workload> build_tbb(const std::string& kind, const QueueLoad&, std::uint64_t /*seed*/) {
  throw Unavailable("queue.kind=" + kind + " takes oneTBB: " FANOUT_MISSING);
}

#else

class TbbBounded {
 public:
  static constexpr bool kShared = false;
  static constexpr bool kOrderToCheck = true;

  explicit TbbBounded(std::size_t capacity) { queue_.set_capacity(static_cast<std::ptrdiff_t>(capacity)); }
  void put(const Item& item) { queue_.push(item); }
  Item take() {
    Item item;
    queue_.pop(item);
    return item;
  }
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(queue_.size()); }

 private:
  tbb::concurrent_bounded_queue<Item> queue_;
};

/// It never blocks, so a task that finds it empty asks again.
class TbbPriority {
 public:
  static constexpr bool kShared = false;
  static constexpr bool kOrderToCheck = false;  // whether an item was the highest is known to none but the queue

  explicit TbbPriority(std::size_t /*capacity*/) {}
  void put(Item item) {
    item.rank = Priority::priority(item);
    queue_.push(item);
  }
  Item take() {
    Item item;
    while (!queue_.try_pop(item)) sched_yield();
    return item;
  }
  [[nodiscard]] std::size_t size() const { return queue_.size(); }

 private:
  struct Lower {
    bool operator()(const Item& a, const Item& b) const { return Priority::lower(a, b); }
  };
  tbb::concurrent_priority_queue<Item, Lower> queue_;
};

std::unique_ptr<Workload> build_tbb(const std::string& kind, const QueueLoad& load, std::uint64_t seed) {
  if (kind == "tbb_priority") return make_workload<CountedItems<TbbPriority>>(load, seed);
  return make_workload<CountedItems<TbbBounded>>(load, seed);
}

#endif

std::unique_ptr<Workload> build_queue(const Values& values, std::uint64_t seed) {
  const auto count = [&values](const char* name) { return static_cast<std::size_t>(values.number(name)); };
  const QueueLoad load{.tasks = count("tasks"), .items = count("items"), .capacity = count("capacity")};
  const std::string& kind = values.text("kind");
  if (kind == "fifo") return make_workload<CountedItems<SharedQueue<Fifo>>>(load, seed);
  if (kind == "lifo") return make_workload<CountedItems<SharedQueue<Lifo>>>(load, seed);
  if (kind == "priority") return make_workload<CountedItems<SharedQueue<Priority>>>(load, seed);
  return build_tbb(kind, load, seed);
}

const Workloads::Add queue_added{WorkloadEntry{
    .name = "queue",
    .help = "tasks that put items into a queue that all workers share, and take as many out",
    .standard = false,
    .parameters = {Parameter::choice("kind", "which queue; tbb_*: of oneTBB, for threads only",
                                     {"fifo", "lifo", "priority", "tbb_bounded", "tbb_priority"}),
                   Parameter::count("tasks", "tasks in a batch", "tasks", 2'000, 0, 100'000).as(role::kTasks),
                   Parameter::count("items", "items that a task puts, taking one after each", "items", 10, 1, 100),
                   Parameter::count("capacity",
                                    "items that the queue holds before it blocks; tbb_priority has no limit", "items",
                                    64, 1, 1'000'000)
                       .only_for({"fifo", "lifo", "priority", "tbb_bounded"})},
    .build = &build_queue}};

}  // namespace
}  // namespace fanout
