#include "benchmarks/selection.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <regex>
#include <set>
#include <sstream>

namespace fanout {
namespace {

constexpr unsigned kMaxWorkers = 4096;
constexpr std::size_t kMaxExtent = 1'000'000;

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  std::istringstream stream(list);
  for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
  if (parts.empty()) parts.emplace_back();
  return parts;
}

template <class Entry>
std::string names(const std::vector<Entry>& entries) {
  std::string list;
  for (const Entry& entry : entries) list += (list.empty() ? "" : ", ") + entry.name;
  return list;
}

/// The entries that a list of names and globs selects, each once, in the registry's order.
template <class Entry>
std::vector<const Entry*> pick(const std::string& flag, const std::vector<std::string>& patterns,
                               const std::vector<Entry>& all) {
  std::set<const Entry*> picked;
  for (const std::string& pattern : patterns) {
    bool matched = false;
    for (const Entry& entry : all) {
      if (fnmatch(pattern.c_str(), entry.name.c_str(), 0) != 0) continue;
      picked.insert(&entry);
      matched = true;
    }
    if (!matched) throw UsageError(flag + "=" + pattern + ": no such name; there are: " + names(all));
  }
  return {picked.begin(), picked.end()};  // addresses in one vector sort as its elements do
}

std::vector<unsigned> parse_workers(const std::vector<std::string>& texts, unsigned cpus) {
  std::vector<unsigned> counts;
  for (const std::string& text : texts) {
    unsigned count = cpus;
    const char* end = text.data() + text.size();
    const bool number = text != "max";
    const auto [rest, error] = number ? std::from_chars(text.data(), end, count) : std::from_chars_result{end, {}};
    if (error != std::errc{} || rest != end || count < 1 || count > kMaxWorkers)
      throw UsageError("--workers=" + text + ": accepted: 1 .. " + std::to_string(kMaxWorkers) + ", or max (" +
                       std::to_string(cpus) + " here)");
    if (std::ranges::find(counts, count) == counts.end()) counts.push_back(count);
  }
  return counts;
}

/// An axis of some executors: its flag, and the word for its default.
struct AxisWords {
  const char* flag;
  const char* standard;
};

AxisWords words(ExecutorEntry::Axis axis) {
  return axis == ExecutorEntry::Axis::grain ? AxisWords{"grain", "auto"} : AxisWords{"in_flight", "all"};
}

std::vector<std::size_t> parse_extents(ExecutorEntry::Axis axis, const std::vector<std::string>& texts) {
  std::vector<std::size_t> extents;
  for (const std::string& text : texts) {
    std::size_t extent = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, extent);
    const bool standard = text == words(axis).standard;
    if (!standard && (error != std::errc{} || rest != end || extent < 1 || extent > kMaxExtent))
      throw UsageError(std::string(axis == ExecutorEntry::Axis::grain ? "--grain=" : "--in-flight=") + text +
                       ": accepted: 1 .. " + std::to_string(kMaxExtent) + ", or " + words(axis).standard);
    extents.push_back(standard ? 0 : extent);
  }
  return extents;
}

using Settings = std::map<std::string, std::string>;

/// Every combination of the values given to one workload's parameters.
std::vector<Values> combinations(const WorkloadEntry& workload,
                                 const std::map<std::string, std::vector<std::string>>& given) {
  std::vector<Settings> all{{}};
  for (const auto& [parameter, values] : given) {
    std::vector<Settings> extended;
    for (const Settings& settings : all) {
      for (const std::string& value : values) {
        extended.push_back(settings);
        extended.back()[parameter] = value;
      }
    }
    all.swap(extended);
  }
  std::vector<Values> result;
  for (const Settings& settings : all) {
    result.emplace_back(workload.name, workload.parameters, settings);
    if (workload.check != nullptr) workload.check(result.back());
  }
  return result;
}

/// The values in one setting. A text or a file's name may hold commas, so it is one value; and several values of what
/// is not in the name would make several cells of one name.
std::vector<std::string> values_of(const WorkloadEntry& entry, const std::string& parameter, const std::string& value) {
  const auto declared = std::ranges::find(entry.parameters, parameter, &Parameter::name);
  if (declared == entry.parameters.end()) return {value};  // refused, with the names that there are, by Values
  if (declared->type == Parameter::Type::file || declared->type == Parameter::Type::text) return {value};
  auto values = split(value);
  if (values.size() > 1 && !declared->named)
    throw UsageError("--set=" + entry.name + "." + parameter + "=" + value + ": takes one value");
  return values;
}

/// Given values by workload and parameter.
std::map<std::string, std::map<std::string, std::vector<std::string>>> parse_settings(
    const std::vector<std::string>& settings) {
  std::map<std::string, std::map<std::string, std::vector<std::string>>> parsed;
  for (const std::string& setting : settings) {
    const auto equals = setting.find('=');
    const auto dot = setting.find('.');
    if (equals == std::string::npos || dot > equals)
      throw UsageError("--set=" + setting + ": accepted: workload.parameter=value, such as math.kernel=pi");
    const std::string workload = setting.substr(0, dot);
    const std::string parameter = setting.substr(dot + 1, equals - dot - 1);
    const std::string value = setting.substr(equals + 1);
    const auto& all = Workloads::all();
    const auto entry = std::ranges::find(all, workload, &WorkloadEntry::name);
    if (entry == all.end())
      throw UsageError("--set=" + setting + ": there is no workload '" + workload + "'; there are: " + names(all));
    if (!parsed[workload].insert({parameter, values_of(*entry, parameter, value)}).second)
      throw UsageError("--set=" + setting + ": " + workload + "." + parameter +
                       " is set twice; several values go by commas");
  }
  return parsed;
}

/// The lives asked for of every executor: with how many workers, where on its own axis, warm or cold.
struct Lives {
  Lives(const Request& request, unsigned cpus)
      : counts(parse_workers(request.workers, cpus)),
        extents{{ExecutorEntry::Axis::none, {0}},
                {ExecutorEntry::Axis::in_flight, parse_extents(ExecutorEntry::Axis::in_flight, request.in_flight)},
                {ExecutorEntry::Axis::grain, parse_extents(ExecutorEntry::Axis::grain, request.grain)}} {
    if (request.lifecycle != "cold") lifecycles.push_back(false);
    if (request.lifecycle != "warm") lifecycles.push_back(true);
  }

  /// The cell in each of them.
  [[nodiscard]] std::vector<Cell> of(Cell cell) const {
    std::vector<Cell> cells;
    for (const unsigned count : counts) {
      if (cell.executor->kind != ExecutorEntry::Kind::serial) cell.workers = count;
      for (const std::size_t extent : extents.at(cell.executor->axis)) {
        cell.extent = extent;
        for (const bool cold : lifecycles) {
          cell.cold = cold;
          cells.push_back(cell);
        }
      }
    }
    return cells;
  }

  std::vector<unsigned> counts;
  std::map<ExecutorEntry::Axis, std::vector<std::size_t>> extents;
  std::vector<bool> lifecycles;  ///< whether cold
};

bool matches(const std::string& filter, const std::string& name) {
  if (filter.empty() || filter == "all") return true;
  const bool inverted = filter.front() == '-';
  try {
    return std::regex_search(name, std::regex(filter.substr(inverted ? 1 : 0), std::regex::extended)) != inverted;
  } catch (const std::regex_error& error) {
    throw UsageError("--benchmark_filter=" + filter + ": not a POSIX extended regular expression: " + error.what());
  }
}

}  // namespace

std::string Cell::name() const {
  std::string name = workload->name + "/" + executor->name + "/workers:" + std::to_string(workers);
  if (executor->axis != ExecutorEntry::Axis::none) {
    const auto [flag, standard] = words(executor->axis);
    name.append("/").append(flag).append(":").append(extent == 0 ? standard : std::to_string(extent));
  }
  if (cold) name += "/lifecycle:cold";
  const std::string parameters = values.name();
  return parameters.empty() ? name : name + "/" + parameters;
}

std::vector<Cell> select(const Request& request, unsigned cpus) {
  auto settings = parse_settings(request.settings);
  const Lives lives(request, cpus);
  const auto workloads = pick("--workloads", request.workloads, Workloads::all());
  for (const auto& [name, values] : settings) {
    if (std::ranges::find(workloads, name, &WorkloadEntry::name) == workloads.end())
      throw UsageError("--set=" + name + "." + values.begin()->first + ": " + name + " is not among the --workloads");
  }
  auto executors = pick("--executors", request.executors, Executors::all());
  std::stable_partition(executors.begin(), executors.end(),
                        [](const ExecutorEntry* entry) { return entry->kind == ExecutorEntry::Kind::processes; });

  std::vector<Cell> cells;
  std::set<std::string> seen;
  for (const ExecutorEntry* executor : executors) {
    for (const WorkloadEntry* workload : workloads) {
      for (const Values& values : combinations(*workload, settings[workload->name])) {
        for (const Cell& cell : lives.of({workload, values, executor, 1})) {
          if (matches(request.filter, cell.name()) && seen.insert(cell.name()).second) cells.push_back(cell);
        }
      }
    }
  }
  if (cells.empty())
    throw UsageError("--benchmark_filter=" + request.filter + " matches none of the selected cells; see --dry-run");
  return cells;
}

}  // namespace fanout
