#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace fanout {

/// One worker's share of a batch: unclaimed tasks [begin, end), packed in one word so that a claim and a theft are one
/// atomic step each. A line of its own: neighbours would pay for each other's claims.
class alignas(64) Share {
 public:
  static constexpr std::uint64_t kMaxTasks = 0xffff'0000;  // leaves room for failed claims behind the end

  /// Only by the worker that owns the share, and only while it is empty.
  void assign(std::uint64_t begin, std::uint64_t end) { word_.store(pack(begin, end), std::memory_order_release); }

  /// The owner takes the first tasks, `size` of them or what is left: [first, last). False where nothing is.
  bool claim(std::uint64_t size, std::size_t& first, std::size_t& last) {
    const std::uint64_t seen = word_.fetch_add(size * kBeginUnit, std::memory_order_acq_rel);
    first = begin(seen);
    last = std::min(begin(seen) + size, end(seen));  // thieves may have moved the end since the size was chosen
    return first < last;
  }

  [[nodiscard]] std::uint64_t tasks_left() const {
    const std::uint64_t seen = word_.load(std::memory_order_relaxed);
    return begin(seen) < end(seen) ? end(seen) - begin(seen) : 0;
  }

  /// A thief takes the back half (the only task of one) into its own empty share; false where nothing is left.
  bool steal_into(Share& own) {
    std::uint64_t seen = word_.load(std::memory_order_acquire);
    while (begin(seen) < end(seen)) {
      const std::uint64_t middle = begin(seen) + (end(seen) - begin(seen)) / 2;
      if (word_.compare_exchange_weak(seen, pack(begin(seen), middle), std::memory_order_acq_rel)) {
        own.assign(middle, end(seen));
        return true;
      }
    }
    return false;
  }

 private:
  static constexpr std::uint64_t kBeginUnit = std::uint64_t{1} << 32U;
  static constexpr std::uint64_t pack(std::uint64_t begin, std::uint64_t end) { return begin << 32U | end; }
  static constexpr std::uint64_t begin(std::uint64_t word) { return word >> 32U; }
  static constexpr std::uint64_t end(std::uint64_t word) { return word & 0xffff'ffffU; }

  std::atomic<std::uint64_t> word_ = 0;
};

}  // namespace fanout
