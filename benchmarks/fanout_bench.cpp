#include <benchmark/benchmark.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "benchmarks/arguments.hpp"
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

/// Where the trace is to go; null without one. Throws UsageError where it would be that of several cells.
std::unique_ptr<OutputFile> trace_file(const std::string& path, std::size_t cells) {
  if (path.empty()) return nullptr;
  if (cells != 1)
    throw UsageError("--trace=" + path + ": takes one cell, not " + std::to_string(cells) + "; see --dry-run");
  return std::make_unique<OutputFile>(path, "--trace");
}

int run(Arguments arguments, double cpus) {
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
  const auto traced = trace_file(arguments.trace, cells.size());
  Trace trace{.file = arguments.trace};
  if (traced) arguments.measuring.trace = &trace;
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
  std::cout.flush();  // the file may be standard output too
  if (file) file->commit(document);
  if (traced && !trace.text.empty()) traced->commit(trace.text);
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
    const int status = run(parse(argc, argv, cpus), cpus);
    if (std::cout.flush() || status != kFine) return status;
    std::cerr << "fanout-bench: cannot write to standard output\n";
    return kFailedCheck;
  } catch (const UsageError& error) {
    std::cerr << "fanout-bench: " << error.what() << "\n";
    return kWrongUsage;
  } catch (const std::exception& error) {
    std::cerr << "fanout-bench: " << error.what() << "\n";
    return kFailedCheck;
  }
}
