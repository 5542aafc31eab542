#include "benchmarks/arguments.hpp"

#include <benchmark/benchmark.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <iostream>
#include <limits>
#include <optional>
#include <set>

#include "benchmarks/benchmark_flags.hpp"
#include "benchmarks/plugin/loader.hpp"

namespace fanout {
namespace {

constexpr const char* kExamples = R"(
Cells are measured one after the other in this process, those of process executors first. For results to rely on, let
`scripts/fanout run` give each cell fresh processes. All --benchmark_* flags of Google Benchmark work too.

Examples:
  fanout-bench --list
  fanout-bench --workloads=math --workers=1,2,max
  fanout-bench --workloads=search --set=search.algorithm=nqueens,substring --executors='openmp_*,pool'
  fanout-bench --workloads=http --executors=std_thread --workers=26 --benchmark_repetitions=5
  fanout-bench --workloads=overhead --benchmark_out=results.json
  fanout-bench --workloads=sleep --executors=coroutines --workers=1 --set=coroutines.in_flight=1,64,all
  fanout-bench --workloads=math --scaling=weak --workers=1,2,4
  fanout-bench --workloads=math --lifecycle=both --executors='pool,tbb,fork_*'
  fanout-bench --workloads=math --executors='tbb*' --observe=states
  fanout-bench --workloads=search --executors=pool --workers=2 --observe=timeline --trace=trace.json
  fanout-bench --workloads=sleep --executors=coroutines --observe=latency --rate=1000/s --benchmark_min_time=2
  fanout-bench --workloads=sleep,math --set=sleep.duration=1ms --expected
  fanout-bench --plugin=build/libmine.so --workloads=mine

Exit status: 0 fine, 1 a cell failed, 2 wrong usage, 130 interrupted (what was done is written).)";

/// All of the text as a number; nothing where it is none, or one that T cannot hold.
template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || rest != text.data() + text.size()) return {};
  return value;
}

std::uint64_t parse_seed(const std::string& text) {
  if (const auto seed = number<std::uint64_t>(text)) return *seed;
  throw UsageError("--seed=" + text + ": accepted: 0 .. 18446744073709551615, in decimal digits");
}

/// Seconds, with or without the "s" that Google Benchmark 1.8 wants and 1.7 refuses.
std::chrono::duration<double> parse_seconds(const std::string& flag, const std::string& text, double least, int most) {
  const auto seconds = number<double>(text.ends_with('s') ? text.substr(0, text.size() - 1) : text);
  if (seconds && *seconds >= least && *seconds <= most) return std::chrono::duration<double>(*seconds);
  throw UsageError(flag + "=" + text + ": accepted: a number of seconds " + (least > 0 ? "above" : "from") +
                   " 0, at most " + std::to_string(most));
}

std::optional<std::size_t> parse_capacity(const std::string& text) {
  if (text == "none") return {};
  if (const auto capacity = number<std::size_t>(text); capacity && *capacity > 0) return capacity;
  throw UsageError("--queue=" + text + ": accepted: a number of tasks from 1 on, or none");
}

/// Which flags of arrivals do not fit together, in one line.
std::string wrong_load(const CLI::App& app, const Arguments& arguments) {
  for (const char* flag : {"--arrivals", "--queue", "--overflow"}) {
    if (app.count(flag) > 0 && app.count("--rate") == 0) return std::string(flag) + ": only with --rate";
  }
  if (app.count("--rate") == 0) return "";
  if (arguments.observe != "latency") return "--rate: only with --observe=latency";
  if (arguments.request.lifecycle != "warm") return "--rate: only with --lifecycle=warm";
  if (app.count("--overflow") > 0 && !arguments.measuring.load->capacity) return "--overflow: only with --queue=N";
  return "";
}

}  // namespace

Arguments parse(int argc, char** argv, double cpus) {
  Arguments arguments;
  Request& request = arguments.request;
  Measuring& measuring = arguments.measuring;
  measuring.cpus = std::max(1U, static_cast<unsigned>(cpus));

  std::vector<std::string> plugins;
  Load load;
  CLI::App app("Runs the same work under every way of running things at once, and times it.", "fanout-bench");
  app.footer(kExamples);
  app.allow_extras();
  app.set_help_flag("-h,--help", "print this help and leave");
  app.add_option("--workloads", request.workloads, "names or globs of workloads (default: all)")->delimiter(',');
  app.add_option("--executors", request.executors, "names or globs of executors (default: all)")->delimiter(',');
  app.add_option("--workers", request.workers, "worker counts; max: the effective CPUs (default: 1,max)")
      ->delimiter(',');
  app.add_option("--lifecycle", request.lifecycle,
                 "warm, cold (workers are started and ended within the clock) or both (default: warm)")
      ->check(CLI::IsMember({"warm", "cold", "both"}));
  app.add_option_function<std::string>(
         "--scaling", [&](const std::string& text) { request.weak = text == "weak"; },
         "strong (the same work on any number of workers) or weak (N times the work on N workers) (default: strong)")
      ->check(CLI::IsMember({"strong", "weak"}));
  app.add_option("--set", request.settings,
                 "OWNER.PARAMETER=VALUE[,VALUE...] of a workload or an executor, once for each parameter")
      ->expected(1)
      ->take_all();
  app.add_option_function<std::string>(
      "--seed", [&](const std::string& text) { measuring.seed = parse_seed(text); },
      "seed of all generated data (default: 1)");
  app.add_option_function<std::string>(
      "--warmup", [&](const std::string& text) { measuring.warmup = parse_seconds("--warmup", text, 0, 3600); },
      "seconds of batches before the timed ones (default: 0.12)");
  app.add_option(
         "--iterations", measuring.iterations,
         "batches of a timed stretch, if they take --benchmark_min_time; else, and by default, it is searched for")
      ->check(CLI::Range(std::int64_t{0}, kMostIterations));
  app.add_option("--plugin", plugins, "a shared object with workloads or executors of yours; may be repeated")
      ->expected(1)
      ->take_all();
  app.add_flag("--list{text}", arguments.list, "list workloads and executors, for people or (=json) for programs")
      ->check(CLI::IsMember({"text", "json"}));
  app.add_flag("--dry-run{text}", arguments.dry_run,
               "print the names of the cells that would run, or (=json) all about them")
      ->check(CLI::IsMember({"text", "json"}));
  app.add_option("--observe", arguments.observe, "publish the evidence of this observer instead of times; see --list");
  app.add_option_function<std::string>(
      "--rate", [&](const std::string& text) { load.rate = parse_rate(text); },
      "tasks arrive by themselves, so many a second, for --benchmark_min_time; with --observe=latency");
  app.add_option_function<std::string>(
         "--arrivals",
         [&](const std::string& kind) {
           load.arrivals = kind == "constant" ? Load::Arrivals::constant : Load::Arrivals::poisson;
         },
         "poisson (seeded) or constant (default: poisson)")
      ->check(CLI::IsMember({"poisson", "constant"}));
  app.add_option_function<std::string>(
      "--queue", [&](const std::string& text) { load.capacity = parse_capacity(text); },
      "tasks that may have arrived and not begun, or none for any number (default: none)");
  app.add_option_function<std::string>(
         "--overflow", [&](const std::string& policy) { load.drop = policy == "drop"; },
         "what becomes of an arrival that finds the queue full: block (the generator waits, which is counted) or drop "
         "(default: block)")
      ->check(CLI::IsMember({"block", "drop"}));
  app.add_option("--trace", arguments.trace,
                 "of the one cell that --observe=timeline sees, a file for chrome://tracing or ui.perfetto.dev");
  app.add_flag("--expected", arguments.expected,
               "print each case's values and digests as JSON, for peers in other languages");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    std::exit(0);
  } catch (const CLI::ParseError& error) {
    throw UsageError(std::string(error.what()) + "; see --help");
  }
  for (const std::string& plugin : plugins) load_plugin(plugin);
  if (!arguments.observe.empty()) {
    measuring.observer = Observers::find(arguments.observe);
    if (measuring.observer == nullptr)
      throw UsageError("--observe=" + arguments.observe + ": no such observer; see --list");
  }
  if (load.rate > 0) measuring.load = load;
  if (const std::string wrong = wrong_load(app, arguments); !wrong.empty()) throw UsageError(wrong);
  if (!arguments.trace.empty() && (measuring.observer == nullptr || !measuring.observer->traces))
    throw UsageError("--trace=" + arguments.trace + ": only with an observer that traces: --observe=timeline");

  auto flags = read_benchmark_flags(app.remaining());
  const auto take = [&flags](const char* name) {
    const auto node = flags.extract(name);
    return node ? node.mapped() : "";
  };
  arguments.out = take("--benchmark_out");
  arguments.json_display = flags.try_emplace("--benchmark_format", "console").first->second == "json";
  if (const std::string time = take("--benchmark_min_time"); !time.empty())
    measuring.min_time = parse_seconds("--benchmark_min_time", time, std::numeric_limits<double>::min(), 1'000'000);
  if (std::set<std::string>{"true", "yes", "on", "1"}.contains(take("--benchmark_list_tests")))
    arguments.dry_run = "text";
  if (measuring.load) require_fitting(*measuring.load, measuring.window());
  initialize_benchmark(argv[0], flags);
  request.filter = benchmark::GetBenchmarkFilter();
  return arguments;
}

}  // namespace fanout
