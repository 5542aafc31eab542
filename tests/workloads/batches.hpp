#pragma once

#include <stdexcept>
#include <string>

#include "tests/tiny.hpp"

namespace fanout::testing {

/// So many batches; every digest has to be right.
inline void run(Workload& workload, const std::string& executor, unsigned workers, int batches = 1) {
  Ledger ledger(workload);
  const auto opened = start(executor, workers);
  for (int batch = 0; batch < batches; ++batch) expect_law(*opened, workload, ledger);
}

/// What the action throws, "" if nothing.
template <class Action>
std::string complaint(const Action& action) {
  try {
    action();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

inline std::string complaint_of_count(const Workload& workload) {
  return complaint([&] { (void)workload.completed(); });
}

}  // namespace fanout::testing
