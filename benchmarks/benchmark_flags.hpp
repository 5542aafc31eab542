#pragma once

#include <map>
#include <string>
#include <vector>

namespace fanout {

/// Google Benchmark's flags by name, "--benchmark_repetitions", each with a value that it takes: Google Benchmark
/// itself answers some others with exit status 0, and takes some for what they do not say. First the environment's,
/// where BENCHMARK_REPETITIONS stands for this one, then those given; the last of a name counts. Throws UsageError.
std::map<std::string, std::string> read_benchmark_flags(const std::vector<std::string>& given);

/// Hands them to Google Benchmark. It writes no file of its own, and lists nothing.
void initialize_benchmark(char* program, std::map<std::string, std::string> flags);

}  // namespace fanout
