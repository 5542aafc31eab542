#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <optional>

#include "system/shared_memory.hpp"

namespace fanout {

/// A place for each thread that runs tasks, in this process or a forked one. The place of a thread that has ended goes
/// to the next one without: where tasks have a thread or a process each, there are about as many places as workers.
class Seats {
 public:
  struct Owner {
    pid_t process;
    pid_t thread;
  };

  explicit Seats(std::size_t count);

  [[nodiscard]] std::size_t size() const { return owners_.span().size(); }

  /// The calling thread's place, which it keeps; nothing where threads that live have all. Calls taken(place) when the
  /// thread gets it.
  template <class Taken>
  std::optional<std::size_t> mine(const Taken& taken) const {
    thread_local Known known{};
    if (known.seats != id_ || known.forks != forks_.load(std::memory_order_relaxed)) {
      known = {.seats = id_, .forks = forks_, .place = take()};
      if (known.place) taken(*known.place);
    }
    return known.place;
  }

  /// Who has a place, or had it last; process 0: nobody yet.
  [[nodiscard]] Owner owner(std::size_t place) const;

 private:
  /// What a thread knows of itself. A forked child has its parent thread's: not so its forks.
  struct Known {
    std::uint64_t seats;
    unsigned forks;
    std::optional<std::size_t> place;
  };
  [[nodiscard]] std::optional<std::size_t> take() const;

  static std::atomic<unsigned> forks_;  ///< from the first process to this one
  std::uint64_t id_;                    ///< never given out twice, unlike an address
  SharedArray<std::atomic<std::uint64_t>> owners_;
};

}  // namespace fanout
