#pragma once

#include <stdexcept>
#include <string>

#include "benchmarks/receipt.hpp"
#include "tests/tiny.hpp"

namespace fanout::testing {

/// So many batches; every digest has to be right.
inline void run(const Workload& workload, const std::string& executor, unsigned workers, int batches = 1) {
  const auto expected = workload.expected();
  const SharedArray<std::uint64_t> digests(expected.size());
  const auto open = fanout::testing::executor(executor).open({.workers = workers, .cpus = 2, .grain = 1});
  for (int batch = 0; batch < batches; ++batch) {
    poison(digests.span(), expected);
    open->run({&workload, digests.span()});
    ASSERT_EQ(wrong_digest(digests.span(), expected), std::nullopt);
  }
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

inline std::string complaint_of_witness(const Workload& workload) {
  return complaint([&] { (void)workload.witnessed(); });
}

}  // namespace fanout::testing
