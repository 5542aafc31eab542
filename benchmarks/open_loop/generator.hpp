#pragma once

#include <span>

#include "benchmarks/observers/latency/histogram.hpp"
#include "benchmarks/open_loop/arrivals.hpp"
#include "benchmarks/open_loop/load.hpp"
#include "executors/executor.hpp"

namespace fanout {

/// What the generator has to say of a window.
struct Sent {
  std::uint64_t offered = 0;    ///< arrivals
  std::uint64_t submitted = 0;  ///< of them
  std::uint64_t dropped = 0;    ///< of them: offered - submitted
  std::uint64_t blocked = 0;    ///< times that it waited for room
  std::int64_t blocked_ns = 0;
  std::uint64_t most = 0;      ///< submitted and not begun, at the same time
  std::int64_t first_due = 0;  ///< CLOCK_MONOTONIC, ns
  std::int64_t last_due = 0;
  latency::Histogram lateness;  ///< of submitting, against when it was due, or the last wait for room was over
};

/// Brings tasks at the times at which they arrive, whatever becomes of those before them, from the calling thread.
class Generator {
 public:
  /// It spins before an arrival where there is a CPU for that.
  Generator(const Load& load, bool spins) : load_(load), spins_(spins) {}

  /// All arrivals, at `times` (ns) from now; fewer where the user wants an end.
  Sent run(Executor& executor, const Arrivals& arrivals, std::span<const std::int64_t> times) const;

  /// Until all that was submitted is over, somebody wants an end, or so long; what has not begun then is given up.
  static void drain(Executor& executor, const Arrivals& arrivals, std::uint64_t submitted, std::int64_t most_ns);

 private:
  [[nodiscard]] bool wait_until(std::int64_t due) const;
  [[nodiscard]] bool wait_for_room(Executor& executor, const Arrivals& arrivals, std::uint64_t submitted) const;

  Load load_;
  bool spins_;
};

}  // namespace fanout
