#pragma once

#include <string>

#include "benchmarks/measure.hpp"
#include "benchmarks/selection.hpp"

namespace fanout {

/// What fanout-bench was asked for.
struct Arguments {
  Request request;
  Measuring measuring;
  std::string list;     ///< "", "text" or "json"
  std::string dry_run;  ///< likewise
  std::string observe;  ///< an observer's name, or ""
  std::string trace;    ///< the file for its trace, or ""
  bool expected = false;
  std::string out;            ///< --benchmark_out
  bool json_display = false;  ///< --benchmark_format=json
};

/// Prints the help and exits 0 where that is asked for. Hands Google Benchmark its own flags. Throws UsageError.
Arguments parse(int argc, char** argv, double cpus);

}  // namespace fanout
