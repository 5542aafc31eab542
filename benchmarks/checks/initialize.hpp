#pragma once

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace fanout {

/// Gives Google Benchmark the flags that a check's own parser has left. False where it does not know one, having said
/// so.
inline bool initialize_benchmark(char* program, std::vector<std::string> flags) {
  std::vector<char*> arguments{program};
  for (std::string& flag : flags) arguments.push_back(flag.data());
  int count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  benchmark::Initialize(&count, arguments.data());
  return !benchmark::ReportUnrecognizedArguments(count, arguments.data());
}

}  // namespace fanout
