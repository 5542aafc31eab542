#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include "benchmarks/cell.hpp"
#include "benchmarks/observer.hpp"
#include "benchmarks/report.hpp"

namespace fanout {

/// Throws unless the system gives as many threads as an executor will want: libgomp exits, and TBB terminates, where it
/// does not.
void require_threads(unsigned workers);

/// How cells are measured.
struct Measuring {
  std::uint64_t seed = 1;
  std::chrono::duration<double> warmup{0.12};  ///< of batches before the timed ones, the receipt's included
  std::optional<std::chrono::duration<double>> min_time = {};  ///< of a timed stretch; Google Benchmark's own if none
  unsigned cpus = 1;                                           ///< CPUs that this process may use
  const ObserverEntry* observer = nullptr;                     ///< evidence of this observer instead of times
  std::function<void(unsigned workers)> probe_threads = require_threads;  ///< once a cell, before anything is timed
};

/// Set when the user wants an end: the batch at hand is finished, the cell at hand is not.
extern std::atomic<bool> interrupted;

/// The life of a cell: build, open, receipt, warm-up, timing, receipt again, close. Ends in report.commit() or
/// report.fail(), or, with an observer, in report.observe().
void measure(const Cell& cell, const Measuring& measuring, Report& report);

}  // namespace fanout
