#pragma once

#include <nlohmann/json.hpp>

#include "benchmarks/observer.hpp"
#include "tests/tiny.hpp"

namespace fanout::testing {

/// So many batches of the work under an observer, and what that has seen.
inline nlohmann::json observe(Observer& observer, const Workload& workload, const std::string& executor,
                              unsigned workers, unsigned batches = 1) {
  const ExecutorEntry& entry = testing::executor(executor);
  const Options options = entry.options(workers, 1);
  const Work& observed = observer.wrap(workload, options);
  std::vector<std::uint64_t> digests(workload.tasks());  // those of processes are not looked at
  const Job job = observed.job(digests);
  const auto opened = entry.open({}, options);
  observer.begin(*opened);
  for (unsigned batch = 0; batch < batches; ++batch) {
    observer.batch_begin();
    opened->run(job);
    observer.batch_end();
  }
  observer.end(*opened);
  observer.merge();
  return observer.evidence(batches);
}

}  // namespace fanout::testing
