#pragma once

#include <benchmark/benchmark.h>

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace fanout {

/// Why a cell has no number. `kind` is its stage: unavailable, build, open, receipt, run, impossible or interrupted; or
/// what was wrong in whatever stage: placement, memory or threads.
struct Failure {
  std::string name;
  std::string kind;
  std::string reason;
};

/// Passes Google Benchmark's results on, cell by cell: to the console, and to a JSON file's text.
///
/// Runs are held back until commit(), so that a cell that fails after its last batch leaves nothing behind. Names lose
/// Google Benchmark's "/process_time/real_time", and CPU times become those that the cell measured, children included.
class Report final : public benchmark::BenchmarkReporter {
 public:
  /// The counter by which a cell hands over its CPU time: seconds a batch.
  static constexpr const char* kCpuSeconds = "cpu_seconds";

  /// `display` shows runs as they come and may be null; `name_width` is the longest name that will come.
  Report(benchmark::BenchmarkReporter* display, std::size_t name_width);

  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;

  /// Keeps the runs held back; `facts` are added to each of them in JSON.
  void commit(const std::map<std::string, double>& facts);
  /// Drops the runs held back, and keeps the reason.
  void fail(Failure failure);

  [[nodiscard]] const std::vector<Failure>& failures() const { return failures_; }

  /// Ends the display, and returns Google Benchmark's JSON with `context` merged into its context, and failures[].
  std::string finish(const nlohmann::ordered_json& context);

 private:
  benchmark::BenchmarkReporter* display_;
  std::size_t name_width_;
  benchmark::JSONReporter json_;
  std::ostringstream text_;
  bool started_ = false;
  std::vector<std::vector<Run>> held_;
  std::map<std::string, std::map<std::string, double>> facts_;
  std::vector<Failure> failures_;
  std::int64_t cells_ = 0;
};

}  // namespace fanout
