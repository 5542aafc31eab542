#include "benchmarks/expected.hpp"

#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "benchmarks/machine.hpp"

namespace fanout {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMostWords = 1'000'000;

/// The workload's answers, added to its case.
void add_expected(ordered_json& entry, const Workload& workload) {
  entry["tasks"] = workload.tasks();
  entry["width"] = workload.width();
  if (workload.tasks() * workload.width() > kMostWords)
    throw std::runtime_error("its results are " + std::to_string(workload.tasks() * workload.width()) +
                             " words, more than the " + std::to_string(kMostWords) + " that are handed over as text");
  for (const std::uint64_t word : workload.expected()) entry["expected"].push_back(std::to_string(word));
}

ordered_json as_json(const Cell& cell, std::uint64_t seed) {
  ordered_json entry{{"case", cell.case_name()},
                     {"workload", cell.workload->name},
                     {"seed", seed},
                     {"missing", ""},
                     {"tasks", 0},
                     {"width", 1},
                     {"values", ordered_json::object()},
                     {"numbers", ordered_json::object()},
                     {"expected", ordered_json::array()}};
  for (const Parameter& parameter : cell.workload->parameters) {
    entry["values"][parameter.name] = cell.values.text(parameter.name);
    if (parameter.is_number()) entry["numbers"][parameter.name] = cell.values.number(parameter.name);
  }
  try {
    add_expected(entry, *cell.workload->build(cell.values, seed));
  } catch (const UsageError&) {
    throw;
  } catch (const std::exception& error) {
    entry["missing"] = error.what();
  }
  return entry;
}

}  // namespace

std::string expected_as_json(const std::vector<Cell>& cells, const Measuring& measuring, double effective_cpus) {
  ordered_json document{{"context", machine_context()}, {"cases", ordered_json::array()}};
  document["context"]["effective_cpus"] = effective_cpus;
  std::set<std::string> seen;
  for (const Cell& cell : cells) {
    if (seen.insert(cell.case_name()).second) document["cases"].push_back(as_json(cell, measuring.seed));
  }
  // A pattern to search for need not be UTF-8.
  return document.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace fanout
