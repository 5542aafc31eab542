#include "benchmarks/expected.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "benchmarks/machine.hpp"

namespace fanout {
namespace {

using nlohmann::ordered_json;

bool is_number(Parameter::Type type) {
  return type == Parameter::Type::count || type == Parameter::Type::duration || type == Parameter::Type::bytes;
}

std::string case_name(const Cell& cell) {
  const std::string parameters = cell.values.name();
  return parameters.empty() ? cell.workload->name : cell.workload->name + "/" + parameters;
}

ordered_json as_json(const Cell& cell, std::uint64_t seed) {
  const auto workload = cell.workload->build(cell.values, seed);
  ordered_json entry{{"case", case_name(cell)},          {"workload", cell.workload->name},
                     {"waits", cell.workload->waits},    {"seed", seed},
                     {"tasks", workload->tasks()},       {"width", workload->width()},
                     {"values", ordered_json::object()}, {"numbers", ordered_json::object()},
                     {"expected", ordered_json::array()}};
  for (const Parameter& parameter : cell.workload->parameters) {
    entry["values"][parameter.name] = cell.values.text(parameter.name);
    if (is_number(parameter.type)) entry["numbers"][parameter.name] = cell.values.number(parameter.name);
  }
  for (const std::uint64_t word : workload->expected()) entry["expected"].push_back(std::to_string(word));
  return entry;
}

}  // namespace

std::string expected_as_json(const std::vector<Cell>& cells, const Measuring& measuring, double effective_cpus) {
  ordered_json document{{"context", machine_context()}, {"cases", ordered_json::array()}};
  document["context"]["effective_cpus"] = effective_cpus;
  std::set<std::string> seen;
  for (const Cell& cell : cells) {
    if (seen.insert(case_name(cell)).second) document["cases"].push_back(as_json(cell, measuring.seed));
  }
  // A pattern to search for need not be UTF-8.
  return document.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace fanout
