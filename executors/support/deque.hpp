#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "workloads/fork_join.hpp"

namespace fanout {

/// Branches that a worker has spawned and nobody has begun. Its owner pushes and pops the latest, thieves steal the
/// oldest. Chase and Lev, "Dynamic Circular Work-Stealing Deque", SPAA 2005, in the form for C++ of Lê, Pop, Cohen and
/// Zappa Nardelli, "Correct and Efficient Work-Stealing for Weak Memory Models", PPoPP 2013, but of fixed size, and
/// with sequentially consistent operations in place of fences: an exchange costs x86 less, and the thread sanitizer
/// sees it.
class Deque {
 public:
  /// By the owner. False where there is no room.
  bool push(Branch& branch) {
    const std::int64_t bottom = bottom_.load(std::memory_order_relaxed);
    if (bottom - top_.load(std::memory_order_acquire) >= kRoom) return false;
    place(bottom).store(&branch, std::memory_order_relaxed);
    bottom_.store(bottom + 1, std::memory_order_release);
    return true;
  }

  /// By the owner: what it pushed last; null where that was stolen, and with it all that was there.
  Branch* pop() {
    const std::int64_t bottom = bottom_.load(std::memory_order_relaxed) - 1;
    bottom_.store(bottom, std::memory_order_seq_cst);  // before top is read, or a thief could have it, too
    std::int64_t top = top_.load(std::memory_order_seq_cst);
    if (top < bottom) return place(bottom).load(std::memory_order_relaxed);
    const bool last = top == bottom && top_.compare_exchange_strong(top, top + 1, std::memory_order_seq_cst);
    bottom_.store(bottom + 1, std::memory_order_relaxed);
    return last ? place(bottom).load(std::memory_order_relaxed) : nullptr;
  }

  /// By anybody: the oldest; null where there is none, or another one was quicker.
  Branch* steal() {
    std::int64_t top = top_.load(std::memory_order_seq_cst);
    if (top >= bottom_.load(std::memory_order_seq_cst)) return nullptr;
    Branch* const branch = place(top).load(std::memory_order_relaxed);
    return top_.compare_exchange_strong(top, top + 1, std::memory_order_seq_cst) ? branch : nullptr;
  }

 private:
  static constexpr std::int64_t kRoom = 1024;

  std::atomic<Branch*>& place(std::int64_t at) { return places_[static_cast<std::size_t>(at % kRoom)]; }

  alignas(64) std::atomic<std::int64_t> bottom_ = 0;  // away from top: thieves write that, the owner this
  alignas(64) std::atomic<std::int64_t> top_ = 0;
  alignas(64) std::array<std::atomic<Branch*>, kRoom> places_{};
};

}  // namespace fanout
