#include <benchmark/benchmark.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <csignal>
#include <ctime>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "benchmarks/expected.hpp"
#include "benchmarks/listing.hpp"
#include "benchmarks/machine.hpp"
#include "benchmarks/measure.hpp"
#include "benchmarks/output_file.hpp"
#include "benchmarks/report.hpp"
#include "benchmarks/selection.hpp"
#include "system/affinity.hpp"
#include "system/spin_chain.hpp"

namespace {

using namespace fanout;

enum Exit { kFine = 0, kFailedCheck = 1, kWrongUsage = 2, kInterrupted = 130 };

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
  fanout-bench --workloads=math --lifecycle=both --executors='pool,tbb,fork_*'
  fanout-bench --workloads=math --executors='tbb*' --observe=workers
  fanout-bench --workloads=sleep,math --set=sleep.duration=1ms --expected

Exit status: 0 fine, 1 a cell failed, 2 wrong usage, 130 interrupted (what was done is written).)";

struct Arguments {
  Request request;
  Measuring measuring;
  std::string list;     ///< "", "text" or "json"
  std::string dry_run;  ///< likewise
  std::string observe;  ///< an observer's name, or ""
  bool expected = false;
  std::string out;            ///< --benchmark_out
  bool json_display = false;  ///< --benchmark_format=json
};

/// Takes --name=value out of Google Benchmark's flags: those that this program has to serve itself.
std::optional<std::string> take_flag(std::vector<std::string>& flags, const std::string& name) {
  std::optional<std::string> value;
  std::erase_if(flags, [&](const std::string& flag) {
    if (flag != name && !flag.starts_with(name + "=")) return false;
    value = flag == name ? "true" : flag.substr(name.size() + 1);
    return true;
  });
  return value;
}

/// Google Benchmark's flags that could not do here what they say.
const std::map<std::string, std::string> kRefused{
    {"--benchmark_out_format", "accepted: json; for the console's text redirect standard output"},
    {"--benchmark_display_aggregates_only", "use --benchmark_report_aggregates_only"},
    {"--benchmark_enable_random_interleaving", "cells run one after the other; `scripts/fanout run` interleaves them"},
};

/// Seconds, with or without the "s" that Google Benchmark 1.8 wants and 1.7 refuses.
std::chrono::duration<double> parse_min_time(const std::string& text) {
  double seconds = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, seconds);
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  if (error != std::errc{} || !(unit.empty() || unit == "s") || !(seconds > 0 && seconds < 1e6))
    throw UsageError("--benchmark_min_time=" + text + ": accepted: a number of seconds above 0");
  return std::chrono::duration<double>(seconds);
}

/// Hands Google Benchmark its flags; what it does not know is wrong usage.
void initialize_benchmark(char* program, std::vector<std::string> flags) {
  std::vector<char*> argv{program};  // Google Benchmark keeps this pointer
  for (std::string& flag : flags) argv.push_back(flag.data());
  int argc = static_cast<int>(argv.size());
  argv.push_back(nullptr);
  benchmark::SetDefaultTimeUnit(benchmark::kMicrosecond);  // --benchmark_time_unit may say otherwise
  benchmark::Initialize(&argc, argv.data());
  if (argc > 1)
    throw UsageError(std::string(argv[1]) + ": no such flag, or not a value that it takes; see --help, and for " +
                     "--benchmark_* flags Google Benchmark's user guide");
}

Arguments parse(int argc, char** argv, double cpus) {
  Arguments arguments;
  Request& request = arguments.request;
  Measuring& measuring = arguments.measuring;
  measuring.cpus = std::max(1U, static_cast<unsigned>(cpus));
  double warmup = measuring.warmup.count();

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
  app.add_option("--set", request.settings,
                 "OWNER.PARAMETER=VALUE[,VALUE...] of a workload or an executor, once for each parameter")
      ->expected(1)
      ->take_all();
  app.add_option("--seed", measuring.seed, "seed of all generated data (default: 1)")->check(CLI::NonNegativeNumber);
  app.add_option("--warmup", warmup, "seconds of batches before the timed ones (default: 0.12)")
      ->check(CLI::Range(0.0, 3600.0));
  app.add_flag("--list{text}", arguments.list, "list workloads and executors, for people or (=json) for programs")
      ->check(CLI::IsMember({"text", "json"}));
  app.add_flag("--dry-run{text}", arguments.dry_run,
               "print the names of the cells that would run, or (=json) all about them")
      ->check(CLI::IsMember({"text", "json"}));
  app.add_option("--observe", arguments.observe, "publish the evidence of this observer instead of times; see --list");
  app.add_flag("--expected", arguments.expected,
               "print each case's values and digests as JSON, for peers in other languages");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    std::exit(kFine);
  } catch (const CLI::ParseError& error) {
    throw UsageError(std::string(error.what()) + "; see --help");
  }
  measuring.warmup = std::chrono::duration<double>(warmup);
  if (!arguments.observe.empty()) {
    measuring.observer = Observers::find(arguments.observe);
    if (measuring.observer == nullptr)
      throw UsageError("--observe=" + arguments.observe + ": no such observer; see --list");
  }

  std::vector<std::string> flags = app.remaining();
  arguments.out = take_flag(flags, "--benchmark_out").value_or("");
  for (const auto& [flag, instead] : kRefused) {
    if (const auto value = take_flag(flags, flag); value && *value != "json")
      throw UsageError(flag + "=" + *value + ": not here; " + instead);
  }
  if (const auto value = take_flag(flags, "--benchmark_min_time")) measuring.min_time = parse_min_time(*value);
  if (take_flag(flags, "--benchmark_list_tests").value_or("false") != "false") arguments.dry_run = "text";
  arguments.json_display = std::ranges::find(flags, "--benchmark_format=json") != flags.end();
  initialize_benchmark(argv[0], flags);
  request.filter = benchmark::GetBenchmarkFilter();
  return arguments;
}

/// About a millisecond: rounds a microsecond of a chain whose time depends on nothing but the clock frequency.
double frequency_probe() { return SpinChain::calibrate(4); }

/// To be asked when all is measured: a runtime may have changed where this process runs.
nlohmann::ordered_json context(const Measuring& measuring, double cpus, double frequency_before) {
  nlohmann::ordered_json context = machine_context();
  context["seed"] = measuring.seed;
  context["effective_cpus"] = cpus;
  context["affinity"] = affinity();
  context["frequency_probe"] = {{"before", frequency_before}, {"after", frequency_probe()}};
  context["interrupted"] = interrupted.load();
  context["environment"] = runtime_environment();
  context["executors"] = nlohmann::ordered_json::object();
  for (const ExecutorEntry& entry : Executors::all()) {
    if (entry.missing.empty()) context["executors"][entry.name] = entry.library;
  }
  return context;
}

std::int64_t now_in_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

/// The first signal asks for an end; one that comes a second or more later gets it at once. Not sooner: timeout(1)
/// sends its signal twice, to the process and to its group.
void end_on_signals() {
  struct sigaction action {};
  action.sa_handler = [](int signal) {
    static std::atomic<std::int64_t> first = 0;
    std::int64_t none = 0;
    interrupted = true;
    if (first.compare_exchange_strong(none, now_in_ms()) || now_in_ms() < first + 1000) return;
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  };
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM}) sigaction(signal, &action, nullptr);
}

/// What a parent may have left us that would not do.
void prepare_process() {
  prctl(PR_SET_TIMERSLACK, 1);    // the default of 50 us would be most of what a short sleep overshoots
  std::signal(SIGCHLD, SIG_DFL);  // ignored, it takes workers away before they can be reaped
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;  // every worker process takes a descriptor
    setrlimit(RLIMIT_NOFILE, &files);
  }
}

int run(const Arguments& arguments, double cpus) {
  if (!arguments.list.empty()) {
    std::cout << (arguments.list == "json" ? list_as_json(cpus) : list_for_people(cpus));
    return kFine;
  }
  const auto cells = select(arguments.request, static_cast<unsigned>(std::ceil(cpus)));
  if (arguments.dry_run == "json") {
    std::cout << cells_as_json(cells, cpus);
    return kFine;
  }
  if (!arguments.dry_run.empty()) {
    for (const Cell& cell : cells) std::cout << cell.name() << "\n";
    return kFine;
  }
  if (arguments.expected) {
    std::cout << expected_as_json(cells, arguments.measuring, cpus);
    return kFine;
  }
  std::optional<OutputFile> file;
  if (!arguments.out.empty()) file.emplace(arguments.out);
  std::size_t width = 0;
  for (const Cell& cell : cells) width = std::max(width, cell.name().size());
  const std::unique_ptr<benchmark::BenchmarkReporter> display(
      arguments.json_display ? nullptr : benchmark::CreateDefaultDisplayReporter());
  Report report(display.get(), width);

  end_on_signals();
  const double frequency = frequency_probe();
  for (const Cell& cell : cells) {
    if (!interrupted) measure(cell, arguments.measuring, report);
  }
  auto selected = nlohmann::ordered_json::array();
  for (const Cell& cell : cells) selected.push_back(cell.as_json());
  const std::string document = report.finish(context(arguments.measuring, cpus, frequency), selected);
  if (arguments.json_display) std::cout << document;
  if (file) file->commit(document);
  if (interrupted) return kInterrupted;
  const bool failed =
      std::ranges::any_of(report.failures(), [](const Failure& failure) { return failure.kind != "unavailable"; });
  return failed ? kFailedCheck : kFine;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    prepare_process();
    const double cpus = effective_cpus();
    return run(parse(argc, argv, cpus), cpus);
  } catch (const UsageError& error) {
    std::cerr << "fanout-bench: " << error.what() << "\n";
    return kWrongUsage;
  } catch (const std::exception& error) {
    std::cerr << "fanout-bench: " << error.what() << "\n";
    return kFailedCheck;
  }
}
