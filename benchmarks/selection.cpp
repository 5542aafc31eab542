#include "benchmarks/selection.hpp"

#include <fnmatch.h>
#include <regex.h>

#include <algorithm>
#include <charconv>
#include <list>
#include <map>
#include <set>

#include "benchmarks/growth.hpp"

namespace fanout {
namespace {

constexpr unsigned kMaxWorkers = 4096;

template <class Entry>
std::string names(const std::list<Entry>& entries) {
  std::string list;
  for (const Entry& entry : entries) list += (list.empty() ? "" : ", ") + entry.name;
  return list;
}

/// The entries that a list of names and globs selects, each once, in the registry's order.
template <class Entry>
std::vector<const Entry*> pick(const std::string& flag, const std::vector<std::string>& patterns,
                               const std::list<Entry>& all) {
  const auto matches = [](const std::string& pattern, const Entry& entry) {
    return fnmatch(pattern.c_str(), entry.name.c_str(), 0) == 0;
  };
  for (const std::string& pattern : patterns) {
    if (std::ranges::none_of(all, [&](const Entry& entry) { return matches(pattern, entry); }))
      throw UsageError(flag + "=" + pattern + ": no such name; there are: " + names(all));
  }
  std::vector<const Entry*> picked;
  for (const Entry& entry : all) {
    if (std::ranges::any_of(patterns, [&](const std::string& pattern) { return matches(pattern, entry); }))
      picked.push_back(&entry);
  }
  return picked;
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

/// The parameters of a workload or an executor. Throws UsageError where neither has this name.
const std::vector<Parameter>& parameters_of(const std::string& setting, const std::string& owner) {
  if (const WorkloadEntry* workload = Workloads::find(owner)) return workload->parameters;
  if (const ExecutorEntry* executor = Executors::find(owner)) return executor->parameters;
  throw UsageError("--set=" + setting + ": nothing is called '" + owner + "'; there are the workloads " +
                   names(Workloads::all()) + ", and the executors " + names(Executors::all()));
}

/// Given values by owner.
std::map<std::string, Given> parse_settings(const std::vector<std::string>& settings) {
  std::map<std::string, Given> parsed;
  for (const std::string& setting : settings) {
    const auto equals = setting.find('=');
    const auto dot = setting.find('.');
    if (equals == std::string::npos || dot > equals)
      throw UsageError("--set=" + setting + ": accepted: owner.parameter=value, such as math.kernel=pi");
    const std::string owner = setting.substr(0, dot);
    const std::string parameter = setting.substr(dot + 1, equals - dot - 1);
    const auto values = split_values(owner, parameters_of(setting, owner), parameter, setting.substr(equals + 1));
    if (!parsed[owner].insert({parameter, values}).second)
      throw UsageError("--set=" + setting + ": " + owner + "." + parameter +
                       " is set twice; separate several values by commas");
  }
  return parsed;
}

template <class Entry>
bool is_among(const std::vector<const Entry*>& entries, const std::string& name) {
  return std::ranges::find(entries, name, &Entry::name) != entries.end();
}

bool matches(const std::string& filter, const std::string& name) {
  if (filter.empty() || filter == "all") return true;
  const bool inverted = filter.front() == '-';
  regex_t expression;
  const int error = regcomp(&expression, filter.c_str() + (inverted ? 1 : 0), REG_EXTENDED | REG_NOSUB);
  if (error != 0) {
    char why[128];
    regerror(error, &expression, why, sizeof why);
    throw UsageError("--benchmark_filter=" + filter + ": not a POSIX extended regular expression: " + why);
  }
  const bool found = regexec(&expression, name.c_str(), 0, nullptr, 0) == 0;
  regfree(&expression);
  return found != inverted;
}

std::vector<Values> combinations_of(const WorkloadEntry& workload, const Given& given) {
  auto all = combinations(workload.name, workload.parameters, given);
  for (const Values& values : all) {
    if (workload.check) workload.check(values);
  }
  return all;
}

}  // namespace

std::vector<Cell> select(const Request& request, unsigned cpus) {
  auto settings = parse_settings(request.settings);
  const auto counts = parse_workers(request.workers, cpus);
  const auto workloads = pick("--workloads", request.workloads, Workloads::all());
  auto executors = pick("--executors", request.executors, Executors::all());
  for (const auto& [owner, given] : settings) {
    if (!is_among(workloads, owner) && !is_among(executors, owner))
      throw UsageError("--set=" + owner + "." + given.begin()->first + ": " + owner +
                       " is not among the selected workloads and executors");
  }
  std::stable_partition(executors.begin(), executors.end(),
                        [](const ExecutorEntry* entry) { return entry->kind == ExecutorEntry::Kind::processes; });
  std::vector<bool> lifecycles;  // whether cold
  if (request.lifecycle != "cold") lifecycles.push_back(false);
  if (request.lifecycle != "warm") lifecycles.push_back(true);

  std::vector<Cell> cells;
  std::set<std::string> seen;
  for (const ExecutorEntry* executor : executors) {
    const bool serial = executor->kind == ExecutorEntry::Kind::serial;
    const auto options = combinations(executor->name, executor->parameters, settings[executor->name]);
    for (const WorkloadEntry* workload : workloads) {
      for (const Values& values : combinations_of(*workload, settings[workload->name])) {
        for (const unsigned workers : serial ? std::vector{1U} : counts) {
          for (const Values& option : options) {
            for (const bool cold : lifecycles) {
              Cell cell{workload, values, executor, option, workers, cold};
              if (request.weak) {
                cell.at_one = values;
                cell.values = grown(*workload, values, workers);
              }
              if (matches(request.filter, cell.name()) && seen.insert(cell.name()).second) cells.push_back(cell);
            }
          }
        }
      }
    }
  }
  if (cells.empty())
    throw UsageError("--benchmark_filter=" + request.filter + " matches none of the selected cells; see --dry-run");
  return cells;
}

}  // namespace fanout
