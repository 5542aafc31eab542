#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include "benchmarks/cell.hpp"
#include "benchmarks/observer.hpp"
#include "benchmarks/open_loop/load.hpp"
#include "benchmarks/report.hpp"
#include "system/threads.hpp"

namespace fanout {

inline constexpr std::int64_t kMostIterations = 1'000'000'000;  ///< Google Benchmark's own limit

/// What an observer's trace() is to become.
struct Trace {
  std::string file;
  std::string text = {};
};

/// How cells are measured.
struct Measuring {
  std::uint64_t seed = 1;
  std::chrono::duration<double> warmup{0.12};  ///< of batches before the timed ones, the receipt's included
  std::optional<std::chrono::duration<double>> min_time = {};  ///< of a timed stretch; Google Benchmark's own if none
  std::int64_t iterations = 0;              ///< batches of a stretch, if they last as long; 0: to be found
  unsigned cpus = 1;                        ///< CPUs that this process may use
  const ObserverEntry* observer = nullptr;  ///< evidence of this observer instead of times
  std::optional<Load> load = {};            ///< tasks arrive by themselves, under the observer `latency`
  Trace* trace = nullptr;                   ///< takes the observer's trace, of the one cell; null: nobody wants it
  /// How long batches are observed, or tasks arrive.
  [[nodiscard]] std::chrono::duration<double> window() const {
    return min_time.value_or(std::chrono::milliseconds(500));
  }
  std::function<void(unsigned workers)> probe_threads = require_threads;  ///< once a cell, before anything is timed
};

/// Set when the user wants an end: the batch at hand is finished, the cell at hand is not.
extern std::atomic<bool> interrupted;

/// The life of a cell: build, open, receipt, warm-up, timing, receipt again, close. Ends in report.commit() or
/// report.fail(), or, with an observer, in report.observe().
void measure(const Cell& cell, const Measuring& measuring, Report& report);

}  // namespace fanout
