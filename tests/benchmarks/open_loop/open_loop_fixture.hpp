#pragma once

#include <thread>

#include "benchmarks/measure.hpp"
#include "benchmarks/open_loop/open_loop.hpp"
#include "tests/tiny.hpp"

namespace fanout::testing {

/// So many arrivals a second for a tenth of a second.
inline Measuring arriving(double rate) {
  return {.seed = 3, .min_time = std::chrono::milliseconds(100), .cpus = 2, .load = Load{.rate = rate}};
}

/// A window of arrivals at workers that have run a batch before, and run one afterwards.
inline nlohmann::json window_of(Workload& work, const ExecutorEntry& entry, unsigned workers,
                                const Measuring& measuring) {
  const Options options = entry.options(workers, 2);
  Ledger ledger(work);
  OpenLoop loop(work, ledger, true, options, measuring);
  const auto executor = entry.open({}, options);
  expect_law(*executor, work, ledger);
  nlohmann::json evidence = loop.run(*executor);
  EXPECT_EQ(loop.done(), evidence["done"]);
  expect_law(*executor, work, ledger);
  executor->close();
  return evidence;
}

inline void hold(std::chrono::microseconds time) { std::this_thread::sleep_for(time); }

}  // namespace fanout::testing
