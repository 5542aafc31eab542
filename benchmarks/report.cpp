#include "benchmarks/report.hpp"

#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

namespace fanout {

using nlohmann::ordered_json;

namespace {

/// What is known of it.
ordered_json as_json(const Cause& cause) {
  ordered_json object = ordered_json::object();
  const auto add = [&](const char* key, const auto& value) {
    if (value) object[key] = *value;
  };
  add("signal", cause.signal);
  add("status", cause.status);
  add("errno", cause.error);
  add("worker", cause.worker);
  add("task", cause.task);
  add("last_task", cause.last_task);
  return object;
}

/// For people: of long lists the begin.
ordered_json shortened(ordered_json value) {
  constexpr std::size_t kMost = 8;
  if (value.is_array() && value.size() > kMost) {
    const std::size_t rest = value.size() - kMost / 2;
    value.erase(value.begin() + kMost / 2, value.end());
    value.push_back("and " + std::to_string(rest) + " more");
  }
  if (value.is_structured()) {
    for (auto& inner : value) inner = shortened(std::move(inner));
  }
  return value;
}

}  // namespace

Report::Report(benchmark::BenchmarkReporter* display, std::size_t name_width)
    : display_(display), name_width_(name_width) {
  json_.SetOutputStream(&text_);
  json_.SetErrorStream(&std::cerr);
}

bool Report::ReportContext(const Context& context) {
  if (started_) return true;  // each cell is a run of its own to Google Benchmark
  started_ = true;
  Context wide = context;
  wide.name_field_width = name_width_;
  return json_.ReportContext(wide) && (display_ == nullptr || display_->ReportContext(wide));
}

void Report::ReportRuns(const std::vector<Run>& runs) {
  std::vector<Run> kept;
  for (Run run : runs) {
    run.run_name.time_type.clear();
    run.run_name.min_time.clear();
    run.run_name.iterations.clear();
    run.family_index = cells_;
    const double cpu = run.counters[kCpuSeconds];
    run.counters.erase(kCpuSeconds);
    std::erase_if(run.counters, [](const auto& counter) { return !std::isfinite(counter.second.value); });
    const bool percentage = run.aggregate_unit == benchmark::kPercentage;
    run.cpu_accumulated_time = percentage ? cpu : cpu * static_cast<double>(run.iterations);
    // Such as the coefficient of variation of a CPU time of zero. JSON has no such numbers.
    if (std::isfinite(run.cpu_accumulated_time) && std::isfinite(run.real_accumulated_time)) kept.push_back(run);
  }
  if (!kept.empty()) held_.push_back(std::move(kept));
}

void Report::commit(const std::map<std::string, double>& facts) {
  for (const std::vector<Run>& runs : held_) {
    json_.ReportRuns(runs);
    if (display_ != nullptr) display_->ReportRuns(runs);
    facts_[runs.front().run_name.str()] = facts;
  }
  held_.clear();
  ++cells_;
}

void Report::fail(Failure failure) {
  held_.clear();
  std::cerr << "FAILED " << failure.name << ": " << failure.kind << ": " << failure.reason << std::endl;
  failures_.push_back(std::move(failure));
}

void Report::observe(const std::string& cell, const ObserverEntry& observer, const ordered_json& evidence) {
  evidence_.push_back({{"observer", observer.name}, {"version", observer.version}, {"cell", cell}});
  evidence_.back().update(evidence);
  if (display_ != nullptr) std::cout << shortened(evidence_.back()).dump(2) << std::endl;
}

std::string Report::finish(const ordered_json& context, const ordered_json& cells) {
  ordered_json document{{"schema", kSchema}};
  if (started_) {
    json_.Finalize();
    if (display_ != nullptr) display_->Finalize();
    document.update(ordered_json::parse(text_.str()));
  }
  document["context"].update(context);
  for (ordered_json& run : document["benchmarks"]) {
    for (const auto& [key, value] : facts_[run["run_name"]]) run[key] = value;
  }
  if (document["benchmarks"].is_null()) document["benchmarks"] = ordered_json::array();
  document["cells"] = cells;
  document["failures"] = ordered_json::array();
  for (const Failure& failure : failures_)
    document["failures"].push_back({{"name", failure.name},
                                    {"kind", failure.kind},
                                    {"cause", as_json(failure.cause)},
                                    {"reason", failure.reason}});
  document["evidence"] = evidence_;
  // Reasons may come from elsewhere, and need not be UTF-8.
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace fanout
