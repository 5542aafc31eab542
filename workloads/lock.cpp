#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "workloads/lock/counted_sections.hpp"
#include "workloads/lock/critical_section.hpp"
#include "workloads/workload.hpp"

namespace fanout {
namespace {

/// Tables enough for every CPU's worker, and for some that were interrupted while they had one.
std::size_t shards() { return static_cast<std::size_t>(std::max(64L, 2 * sysconf(_SC_NPROCESSORS_CONF))); }

/// The bound: a worker has a table to itself while it runs tasks.
class ShardedSections final : public CountedSections {
 public:
  explicit ShardedSections(const Sections& shape) : CountedSections(shape, shards()), taken_(shards()) {}

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    if (first == last) return;
    const Lease lease(taken_.span());
    Unlocked alone;
    for (std::size_t i = first; i < last; ++i) deliver(out[i - first], run_task(i, lease.shard(), alone));
  }

 private:
  struct alignas(64) Flag {
    std::atomic<bool> set = false;
  };

  /// A table for a while: this CPU's own, or else the next one that is free. A number given to each thread for good
  /// would need as many tables as there are ever threads, and forked workers would inherit it.
  class Lease {
   public:
    explicit Lease(std::span<Flag> taken)
        : taken_(taken), shard_(static_cast<std::size_t>(std::max(0, sched_getcpu()))) {
      shard_ %= taken_.size();
      for (std::size_t tries = 1; taken_[shard_].set.exchange(true, std::memory_order_acquire); ++tries) {
        shard_ = (shard_ + 1) % taken_.size();
        if (tries % taken_.size() == 0) sched_yield();
      }
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { taken_[shard_].set.store(false, std::memory_order_release); }

    [[nodiscard]] std::size_t shard() const { return shard_; }

   private:
    std::span<Flag> taken_;
    std::size_t shard_;
  };

  SharedArray<Flag> taken_;
};

std::unique_ptr<Workload> build_semaphore(const Sections& shape, std::int64_t permits) {
  auto made = make_workload<LockedSections<Semaphore>>(shape);
  for (std::int64_t more = 1; more < permits; ++more) made->lock().unlock();
  return made;
}

std::unique_ptr<Workload> build_lock(const Values& values, std::uint64_t seed) {
  const auto count = [&values](const char* name) { return static_cast<std::uint64_t>(values.number(name)); };
  const std::string& kind = values.text("kind");
  const std::uint64_t inside = count("work") * count("inside") / 100;
  const Sections shape{.tasks = count("tasks"),
                       .sections = count("sections"),
                       .inside = inside,
                       .outside = count("work") - inside,
                       .reads = count("reads"),
                       .slots = count("slots"),
                       .padded = values.text("layout") == "padded",
                       .adjacent = kind == "adjacent",
                       .exclusive = kind != "atomic" && (kind != "semaphore" || count("permits") == 1),
                       .seed = seed};
  if (kind == "mutex") return make_workload<LockedSections<ProcessMutex>>(shape);
  if (kind == "recursive_mutex") return make_workload<LockedSections<RecursiveMutex>>(shape);
  if (kind == "shared_mutex") return make_workload<LockedSections<SharedMutex>>(shape);
  if (kind == "semaphore") return build_semaphore(shape, values.number("permits"));
  if (kind == "condition") return make_workload<LockedSections<Condition>>(shape);
  if (kind == "atomic") return make_workload<LockedSections<Unlocked>>(shape);
  if (kind == "spin") return make_workload<LockedSections<SpinLock>>(shape);
  return make_workload<ShardedSections>(shape);
}

const Workloads::Add lock_added{WorkloadEntry{
    .name = "lock",
    .help = "tasks that update shared counters under a lock: what contention costs",
    .parameters =
        {Parameter::choice(
             "kind", "what guards the counters; none: each worker has its own; adjacent: its own beside the next one's",
             {"mutex", "recursive_mutex", "shared_mutex", "semaphore", "condition", "atomic", "spin", "none",
              "adjacent"}),
         Parameter::count("tasks", "tasks in a batch", "tasks", 2'000, 0, 1'000'000).as(role::kTasks).briefly("100"),
         Parameter::count("sections", "critical sections in a task", "sections", 10, 1, 10'000),
         Parameter::count("work", "dependent multiplications for each section, inside and outside", "rounds", 200, 0,
                          10'000'000)
             .as(role::kSize),
         Parameter::count("inside", "how much of the work is done inside the section", "percent", 20, 0, 100),
         Parameter::count("reads", "sections that only read; shared_mutex lets them in together", "percent", 0, 0, 99),
         Parameter::count("permits", "of a semaphore: how many may be inside", "permits", 1, 1, 4'096)
             .only_for({"semaphore"}),
         Parameter::choice("layout", "counters side by side, or each on its own cache line", {"packed", "padded"})
             .as(role::kLayout),
         Parameter::count("slots", "counters under the lock", "counters", 1, 1, 4'096)},
    .build = &build_lock}};

}  // namespace
}  // namespace fanout
