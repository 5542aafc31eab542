#pragma once

#include <chrono>
#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace fanout {

/// Whether the kernel keeps its own time by this CPU's counter: it then runs at one rate, and alike on all CPUs.
bool counts_ticks();

/// A reading of the cheapest clock that there is: the CPU's counter (10 ns), else CLOCK_MONOTONIC in ns. Means
/// something by TickScale alone.
inline std::uint64_t ticks() {
#if defined(__x86_64__)
  static const bool counter = counts_ticks();
  if (counter) return __rdtsc();
#elif defined(__aarch64__)
  std::uint64_t count = 0;
  asm volatile("mrs %0, cntvct_el0" : "=r"(count));
  return count;
#endif
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

/// Turns ticks into times of CLOCK_MONOTONIC, by a reading of both clocks at either end of what was recorded.
class TickScale {
 public:
  /// Both clocks now.
  TickScale();
  /// The same at the end.
  void close();

  /// ns of CLOCK_MONOTONIC; after close().
  [[nodiscard]] std::int64_t ns(std::uint64_t at) const;
  /// Of so many ticks; after close().
  [[nodiscard]] double seconds(std::uint64_t passed) const { return static_cast<double>(passed) * rate() / 1e9; }
  [[nodiscard]] std::int64_t begin() const { return begin_.ns; }
  [[nodiscard]] std::int64_t end() const { return end_.ns; }

 private:
  struct Pair {
    std::uint64_t ticks;
    std::int64_t ns;
  };
  static Pair now();
  [[nodiscard]] double rate() const;  ///< ns a tick

  Pair begin_;
  Pair end_;
};

}  // namespace fanout
