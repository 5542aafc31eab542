#pragma once

#include <benchmark/benchmark.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "benchmarks/observer.hpp"
#include "core/failure.hpp"

namespace fanout {

inline constexpr int kSchema = 2;  ///< of results and of --dry-run=json

/// Why a cell has no number. `kind` is as Error has it.
struct Failure {
  std::string name;
  std::string kind;
  Cause cause;
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
  /// Drops the runs held back.
  void drop() { held_.clear(); }
  /// The same, and keeps the reason.
  void fail(Failure failure);
  /// Keeps what an observer has seen of a cell.
  void observe(const std::string& cell, const ObserverEntry& observer, const nlohmann::ordered_json& evidence);

  [[nodiscard]] const std::vector<Failure>& failures() const { return failures_; }

  /// Ends the display, and returns Google Benchmark's JSON with `context` merged into its context, the cells as their
  /// as_json() has them, failures[] and evidence[].
  std::string finish(const nlohmann::ordered_json& context, const nlohmann::ordered_json& cells);

 private:
  benchmark::BenchmarkReporter* display_;
  std::size_t name_width_;
  benchmark::JSONReporter json_;
  std::ostringstream text_;
  bool started_ = false;
  std::vector<std::vector<Run>> held_;
  std::map<std::string, std::map<std::string, double>> facts_;
  std::vector<Failure> failures_;
  std::vector<nlohmann::ordered_json> evidence_;
  std::int64_t cells_ = 0;
};

}  // namespace fanout
