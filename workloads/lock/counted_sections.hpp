#pragma once

#include <atomic>
#include <mutex>
#include <numeric>
#include <shared_mutex>
#include <stdexcept>
#include <string>

#include "system/shared_memory.hpp"
#include "system/spin_chain.hpp"
#include "workloads/digest.hpp"
#include "workloads/workload.hpp"

namespace fanout {

/// What the tasks of a CountedSections do.
struct Sections {
  std::size_t tasks = 0;
  std::size_t sections = 1;   ///< a task, at least 1
  std::uint64_t inside = 0;   ///< rounds of work in a section
  std::uint64_t outside = 0;  ///< rounds of work after it
  std::uint64_t reads = 0;    ///< percent of the sections that change nothing, at most 99
  std::size_t slots = 1;      ///< counters in a table, at least 1
  bool padded = false;        ///< each counter on a cache line of its own
  bool adjacent = false;      ///< tables begin where the one before ends, so that they share cache lines
  bool exclusive = true;      ///< one worker at a time is inside; otherwise counters change by atomic operations
  std::uint64_t seed = 0;
};

/// Tasks that count their sections in tables of counters, in memory that forked workers share. A lost update shows in
/// the total.
class CountedSections : public Workload {
 public:
  explicit CountedSections(const Sections& shape, std::size_t tables = 1)
      : shape_(shape),
        stride_(shape.padded ? kLine : 1),
        table_size_(shape.adjacent ? shape.slots * stride_ : (shape.slots * stride_ + kLine - 1) / kLine * kLine),
        counters_(tables * table_size_) {}

  [[nodiscard]] std::size_t tasks() const override { return shape_.tasks; }
  [[nodiscard]] State state() const override { return State::shared; }

  [[nodiscard]] std::vector<std::uint64_t> expected() const override {
    std::vector<std::uint64_t> digests(tasks());
    for (std::size_t i = 0; i < tasks(); ++i) digests[i] = mix(shape_.seed ^ i);
    return digests;
  }

  /// Between batches only, as all that it knows is how much a whole one adds.
  [[nodiscard]] std::optional<std::uint64_t> completed() const override {
    if (tasks() == 0) return 0;
    const auto span = counters_.span();
    const std::uint64_t total = std::accumulate(span.begin(), span.end(), std::uint64_t{0});
    const std::uint64_t sections = tasks() * shape_.sections;
    const std::uint64_t batch = sections - reads_before(sections);
    if (total % batch == 0) return total / batch * tasks();
    throw std::runtime_error("the counters stand at " + std::to_string(total) + ", not at a multiple of the " +
                             std::to_string(batch) + " that a batch adds: updates were lost, or made twice");
  }

 protected:
  /// Runs one task, with its sections under this lock; its digest.
  template <class Lock>
  std::uint64_t run_task(std::size_t task, std::size_t table, Lock& lock) const {
    std::uint64_t state = shape_.seed;
    const std::uint64_t end = (task + 1) * shape_.sections;
    for (std::uint64_t section = task * shape_.sections; section < end; ++section) {
      std::uint64_t& counter = counters_[table * table_size_ + slot(section) * stride_];
      state = only_reads(section) ? read(counter, state, lock) : write(counter, state, lock);
      state = SpinChain::walk(state, shape_.outside);
    }
    return mix(shape_.seed ^ task);
  }

 private:
  static constexpr std::size_t kLine = 64 / sizeof(std::uint64_t);

  /// The work starts from what is read: no core begins it before it has the lock.
  template <class Lock>
  std::uint64_t read(std::uint64_t& counter, std::uint64_t state, Lock& lock) const {
    const auto look = [&] {
      const std::uint64_t seen = shape_.exclusive ? counter : std::atomic_ref(counter).load(std::memory_order_relaxed);
      return work(state ^ seen);
    };
    if constexpr (requires { lock.lock_shared(); }) {
      const std::shared_lock guard(lock);
      return look();
    } else {
      const std::scoped_lock guard(lock);
      return look();
    }
  }

  /// Where the lock promises to be exclusive, all of the work lies between the load and the store: a worker that comes
  /// in meanwhile loses an update, or makes this one lose it.
  template <class Lock>
  std::uint64_t write(std::uint64_t& counter, std::uint64_t state, Lock& lock) const {
    const std::scoped_lock guard(lock);
    if (!shape_.exclusive) return work(state ^ std::atomic_ref(counter).fetch_add(1, std::memory_order_relaxed));
    const std::uint64_t seen = counter;
    state = work(state ^ seen);
    counter = seen + 1;
    return state;
  }

  std::uint64_t work(std::uint64_t state) const {
    state = SpinChain::walk(state, shape_.inside);
    asm volatile("" : "+r"(state)::"memory");  // before whatever the compiler finds behind it
    return state;
  }

  /// By multiplication: a division by a number that the compiler does not know costs as much as a lock.
  std::size_t slot(std::uint64_t section) const { return (mix(section) >> 32U) * shape_.slots >> 32U; }

  /// Reads are spread evenly over the sections of a batch, so that their number is known.
  std::uint64_t reads_before(std::uint64_t section) const { return section * shape_.reads / 100; }
  bool only_reads(std::uint64_t section) const { return reads_before(section + 1) != reads_before(section); }

  Sections shape_;
  std::size_t stride_;
  std::size_t table_size_;
  SharedArray<std::uint64_t> counters_;
};

/// One table under one lock.
template <class Lock>
class LockedSections final : public CountedSections {
 public:
  explicit LockedSections(const Sections& shape) : CountedSections(shape) {}

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    for (std::size_t i = first; i < last; ++i) deliver(out[i - first], run_task(i, 0, *lock_));
  }

  Lock& lock() const { return *lock_; }

 private:
  Shared<Lock> lock_;
};

}  // namespace fanout
