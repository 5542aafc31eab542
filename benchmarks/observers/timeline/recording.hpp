#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "benchmarks/observers/support/seats.hpp"
#include "system/context_switches.hpp"
#include "system/shared_memory.hpp"
#include "workloads/workload.hpp"

namespace fanout::timeline {

/// Tasks [first, first + count), run by one call.
struct Range {
  std::uint64_t begin, end;  ///< ticks
  std::uint32_t first, count;
};

/// A time in which a worker had no CPU, in ns of CLOCK_MONOTONIC.
struct Absence {
  std::int64_t begin, end;
  ContextSwitch::Kind why;  ///< preempted: ready to run; blocked
};

/// The newest elements of all that one worker has pushed, in memory that the processes share.
template <class T>
struct Ring {
  std::span<T> room;  ///< a power of two of them
  std::atomic<std::uint64_t>& pushed;

  void push(const T& element) const {
    const std::uint64_t count = pushed.load(std::memory_order_relaxed);
    room[count & (room.size() - 1)] = element;
    pushed.store(count + 1, std::memory_order_release);
  }
  /// From the oldest that is left, by number.
  [[nodiscard]] std::uint64_t oldest() const { return pushed > room.size() ? pushed - room.size() : 0; }
  [[nodiscard]] const T& operator[](std::uint64_t number) const { return room[number & (room.size() - 1)]; }
};

/// What one worker has recorded beside its rings. Written by that worker alone while batches run.
struct alignas(64) Lane {
  std::atomic<std::uint64_t> ranges = 0;
  std::atomic<std::uint64_t> absences = 0;
  std::atomic<std::uint64_t> tasks = 0;
  std::atomic<std::uint64_t> busy = 0;     ///< ticks
  std::atomic<std::uint64_t> watched = 0;  ///< ticks until which context switches are known
  std::atomic<std::uint64_t> since = 0;    ///< from which; 0: not at all
  std::atomic<std::int64_t> ready = 0;     ///< ns
  std::atomic<std::int64_t> blocked = 0;   ///< ns
  std::atomic<std::uint64_t> lost = 0;     ///< times that the kernel had no room for a switch
  std::atomic<unsigned> threads = 0;       ///< that have had this lane, one after the other
  std::atomic<int> error = 0;              ///< why the kernel gave no context switches
};

/// The decorator: each worker records the ranges that it runs, and before each of them the context switches since the
/// last one. What came after its last range is known of threads of this process alone: close() looks after them.
class Recording final : public Decorator {
 public:
  Recording(const Workload& workload, unsigned workers);

  /// As functions also where tasks are written as coroutines: those take turns on a worker while they run.
  [[nodiscard]] const AsyncWorkload* async() const override { return nullptr; }

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override;

  /// Forgets what was recorded and records from now on, with the workers at rest.
  void open();
  void close();

  [[nodiscard]] std::size_t lanes() const { return seats_.size(); }
  [[nodiscard]] const Lane& lane(std::size_t number) const { return lanes_[number]; }
  [[nodiscard]] Seats::Owner owner(std::size_t number) const { return seats_.owner(number); }
  [[nodiscard]] Ring<Range> ranges(std::size_t lane) const;
  [[nodiscard]] Ring<Absence> absences(std::size_t lane) const;
  [[nodiscard]] std::uint64_t missed() const { return board_->missed; }

 private:
  struct Board {
    std::atomic<bool> open = false;
    std::atomic<std::uint64_t> missed = 0;  ///< ranges of threads that found no lane
  };
  struct Watch {
    std::unique_ptr<ContextSwitches> switches;
    std::optional<ContextSwitch> out;  ///< that no return has followed yet
  };
  void watch(std::size_t taken) const;
  void look(std::size_t number) const;
  void note(const Absence& absence, std::size_t number) const;

  Shared<Board> board_;
  Seats seats_;
  std::size_t room_;  ///< ranges of a lane, a power of two
  SharedArray<Lane> lanes_;
  mutable std::vector<Watch> watches_;  ///< by lane; of those whose owners are threads of this process
  SharedArray<Range> ranges_;
  SharedArray<Absence> absences_;
};

}  // namespace fanout::timeline
