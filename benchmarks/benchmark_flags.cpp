#include "benchmarks/benchmark_flags.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <sstream>

#include "core/parameter.hpp"

namespace fanout {
namespace {

Parameter boolean(const char* name) {
  return Parameter::choice(name, "", {"true", "false", "yes", "no", "on", "off", "1", "0"});
}

const std::vector<Parameter>& flags() {
  static const std::vector<Parameter> all{
      Parameter::choice("--benchmark_color", "", {"auto", "true", "false", "yes", "no"}),
      Parameter::text("--benchmark_context", "", ""),
      boolean("--benchmark_counters_tabular"),
      Parameter::text("--benchmark_filter", "", ""),
      Parameter::choice("--benchmark_format", "", {"console", "json", "csv"}),
      boolean("--benchmark_list_tests"),
      Parameter::text("--benchmark_min_time", "", ""),
      Parameter::text("--benchmark_out", "", ""),
      Parameter::choice("--benchmark_out_format", "", {"json"}),
      Parameter::count("--benchmark_repetitions", "", "", 1, 1, 1'000'000),
      boolean("--benchmark_report_aggregates_only"),
      Parameter::choice("--benchmark_time_unit", "", {"ns", "us", "ms", "s"}),
      Parameter::count("--v", "", "", 0, 0, 9)};
  return all;
}

/// Those that could not do here what they say, and what does.
const std::map<std::string, std::string> kRefused{
    {"--benchmark_display_aggregates_only", "use --benchmark_report_aggregates_only"},
    {"--benchmark_dry_run", "use --dry-run"},
    {"--benchmark_enable_random_interleaving", "cells run one after the other; `scripts/fanout run` interleaves them"},
    {"--benchmark_min_warmup_time", "use --warmup"},
    {"--benchmark_perf_counters", "use perf stat"},
};

/// What follows is JSON's: printable ASCII. Google Benchmark drops a key that comes twice.
void check_context(const std::string& text) {
  const UsageError wrong("--benchmark_context=" + text +
                         ": accepted: KEY=VALUE[,KEY=VALUE...] in ASCII, each key once");
  if (std::ranges::any_of(text, [](char c) { return c < ' ' || c > '~'; })) throw wrong;
  std::set<std::string> keys;
  std::istringstream stream(text + ",");
  for (std::string pair; std::getline(stream, pair, ',');) {
    const auto equals = pair.find('=');
    const bool one = equals != std::string::npos && equals > 0 && pair.find('=', equals + 1) == std::string::npos;
    if (!one || !keys.insert(pair.substr(0, equals)).second) throw wrong;
  }
}

/// "--benchmark_repetitions=3" where BENCHMARK_REPETITIONS is 3; "" where it is not set.
std::string from_environment(const std::string& flag) {
  std::string name = flag.substr(2);
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
  const char* value = name.starts_with("BENCHMARK_") ? std::getenv(name.c_str()) : nullptr;
  return value == nullptr || *value == '\0' ? "" : flag + "=" + value;
}

/// The flag's value as Google Benchmark may have it.
std::string value_of(const std::string& flag, const std::string& name) {
  if (const auto refused = kRefused.find(name); refused != kRefused.end())
    throw UsageError(flag + ": not here; " + refused->second);
  const auto known = std::ranges::find(flags(), name, &Parameter::name);
  if (known == flags().end())
    throw UsageError(flag + ": no such flag; see --help, and for --benchmark_* flags Google Benchmark's user guide");
  const bool bare = flag == name;
  const bool filter = name == "--benchmark_filter";
  if (known->type == Parameter::Type::text && (bare || (!filter && flag.size() == name.size() + 1)))
    throw UsageError(flag + ": takes a value, as in " + name + "=...");
  std::string value = known->canonical(bare ? "true" : flag.substr(name.size() + 1), name);
  if (name == "--benchmark_context") check_context(value);
  return value;
}

}  // namespace

std::map<std::string, std::string> read_benchmark_flags(const std::vector<std::string>& given) {
  std::vector<std::string> all;
  for (const Parameter& flag : flags()) all.push_back(from_environment(flag.name));
  for (const auto& [flag, instead] : kRefused) all.push_back(from_environment(flag));
  std::erase(all, "");
  all.insert(all.end(), given.begin(), given.end());
  std::map<std::string, std::string> values;
  for (const std::string& flag : all) {
    const std::string name = flag.substr(0, flag.find('='));
    values[name] = value_of(flag, name);
  }
  return values;
}

void initialize_benchmark(char* program, std::map<std::string, std::string> flags) {
  flags["--benchmark_out"] = "";  // which the environment may have set
  flags["--benchmark_list_tests"] = "false";
  std::vector<std::string> words;
  for (const auto& [name, value] : flags) words.push_back(name + "=" + value);
  std::vector<char*> argv{program};  // Google Benchmark keeps this pointer
  for (std::string& word : words) argv.push_back(word.data());
  int argc = static_cast<int>(argv.size());
  argv.push_back(nullptr);
  benchmark::SetDefaultTimeUnit(benchmark::kMicrosecond);  // --benchmark_time_unit may say otherwise
  benchmark::Initialize(&argc, argv.data());
  if (argc > 1) throw UsageError(std::string(argv[1]) + ": not a flag of the Google Benchmark that this is built with");
}

}  // namespace fanout
