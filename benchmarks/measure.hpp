#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "benchmarks/report.hpp"
#include "benchmarks/selection.hpp"

namespace fanout {

/// How cells are measured.
struct Measuring {
  std::uint64_t seed = 1;
  std::chrono::duration<double> warmup{0.12};  ///< of batches before the timed ones, the receipt's included
  std::optional<std::chrono::duration<double>> min_time = {};  ///< of a timed stretch; Google Benchmark's own if none
  unsigned cpus = 1;                                           ///< CPUs that this process may use
};

/// Set when the user wants an end: the batch at hand is finished, the cell at hand is not.
extern std::atomic<bool> interrupted;

/// The life of a cell: build, open, receipt, warm-up, timing, last checks, close. Ends in report.commit() or
/// report.fail().
void measure(const Cell& cell, const Measuring& measuring, Report& report);

}  // namespace fanout
