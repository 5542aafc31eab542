#include "benchmarks/listing.hpp"

#include <nlohmann/json.hpp>
#include <sstream>

#include "benchmarks/growth.hpp"
#include "benchmarks/machine.hpp"
#include "benchmarks/observer.hpp"
#include "benchmarks/report.hpp"
#include "executors/executor.hpp"
#include "fanout_build.hpp"
#include "system/affinity.hpp"
#include "system/topology.hpp"

namespace fanout {
namespace {

using nlohmann::ordered_json;

std::string to_string(Parameter::Type type) {
  switch (type) {
    case Parameter::Type::count:
      return "count";
    case Parameter::Type::duration:
      return "duration";
    case Parameter::Type::bytes:
      return "bytes";
    case Parameter::Type::choice:
      return "choice";
    case Parameter::Type::text:
      return "text";
    case Parameter::Type::file:
      return "file";
  }
  return "unknown";
}

std::string defaults(const Parameter& parameter) {
  if (parameter.default_for.empty()) return parameter.default_value.empty() ? "none" : parameter.default_value;
  std::string list;
  for (const auto& [choice, value] : parameter.default_for)
    list.append(list.empty() ? "" : ", ").append(value).append(" for ").append(choice);
  return list;
}

ordered_json as_json(const Parameter& parameter) {
  return {{"name", parameter.name},
          {"help", parameter.help},
          {"type", to_string(parameter.type)},
          {"unit", parameter.unit},
          {"default", parameter.default_value},
          {"default_for", parameter.default_for},
          {"brief", parameter.brief},
          {"role", parameter.role},
          {"word", parameter.word},
          {"choices", parameter.choices},
          {"min", parameter.min},
          {"max", parameter.max},
          {"named", parameter.named}};
}

ordered_json as_json(const std::vector<Parameter>& parameters) {
  ordered_json list = ordered_json::array();
  for (const Parameter& parameter : parameters) {
    if (parameter.listed) list.push_back(as_json(parameter));
  }
  return list;
}

ordered_json weak_as_json(const WorkloadEntry& entry) {
  ordered_json list = ordered_json::array();
  for (const auto& [choice, growth] : growths(entry))
    list.push_back({{"choice", choice}, {"parameters", growth.parameters}, {"reason", growth.reason}});
  return list;
}

ordered_json as_json(const WorkloadEntry& entry) {
  return {{"name", entry.name},         {"help", entry.help},     {"waits", entry.waits},
          {"standard", entry.standard}, {"plugin", entry.plugin}, {"parameters", as_json(entry.parameters)},
          {"weak", weak_as_json(entry)}};
}

ordered_json as_json(const ExecutorEntry& entry) {
  return {{"name", entry.name},
          {"help", entry.help},
          {"kind", fanout::to_string(entry.kind)},
          {"memory", fanout::to_string(entry.memory)},
          {"forks", entry.forks},
          {"family", entry.family},
          {"standard", entry.standard},
          {"library", entry.library},
          {"idle", entry.idle},
          {"submits", entry.submits},
          {"missing", entry.missing},
          {"plugin", entry.plugin},
          {"parameters", as_json(entry.parameters)}};
}

std::string weak_for_people(const WorkloadEntry& entry) {
  std::string text;
  for (const auto& [choice, growth] : growths(entry)) {
    const std::string where = choice.empty() ? "" : choice + ": ";
    text += (text.empty() ? "" : "; ") + where;
    for (std::size_t i = 0; i < growth.parameters.size(); ++i) text += (i > 0 ? " and " : "") + growth.parameters[i];
    if (growth.parameters.empty()) text += "refused, since " + growth.reason;
  }
  return text;
}

std::string from(const std::string& plugin) { return plugin.empty() ? "" : " (from " + plugin + ")"; }

void list_parameters(std::ostream& text, const std::string& owner, const std::vector<Parameter>& parameters) {
  for (const Parameter& parameter : parameters) {
    if (!parameter.listed) continue;
    text << "      --set=" << owner << "." << parameter.name << "=  " << parameter.help
         << "\n          accepted: " << parameter.accepted() << "; default: " << defaults(parameter) << "\n";
  }
}

}  // namespace

std::string list_for_people(double effective_cpus) {
  std::ostringstream text;
  text << "fanout " << build::kVersion << ", " << effective_cpus << " effective CPUs\n\nWorkloads (--workloads)\n";
  for (const WorkloadEntry& entry : Workloads::all()) {
    text << "  " << entry.name << ": " << entry.help << (entry.waits ? " (waits)" : "") << from(entry.plugin) << "\n";
    list_parameters(text, entry.name, entry.parameters);
    text << "      --scaling=weak multiplies by the workers: " << weak_for_people(entry) << "\n";
  }
  text << "\nExecutors (--executors)\n";
  for (const ExecutorEntry& entry : Executors::all()) {
    text << "  " << entry.name << " (" << fanout::to_string(entry.kind) << "): " << entry.help << from(entry.plugin)
         << "\n";
    if (entry.missing.empty())
      text << "      library: " << entry.library << "; idle workers: " << entry.idle
           << (entry.forks ? "; tasks may spawn branches" : "")
           << (entry.submits ? "; takes tasks as they arrive (--rate)\n" : "\n");
    else
      text << "      unavailable: " << entry.missing << "\n";
    list_parameters(text, entry.name, entry.parameters);
  }
  text << "\nObservers (--observe)\n";
  for (const ObserverEntry& entry : Observers::all()) text << "  " << entry.name << ": " << entry.help << "\n";
  return text.str();
}

std::string list_as_json(double effective_cpus) {
  ordered_json document = {
      {"version", build::kVersion}, {"effective_cpus", effective_cpus}, {"cpus", placement_order(starting_affinity())}};
  document["machine"] = machine_context();
  document["workloads"] = document["executors"] = document["observers"] = ordered_json::array();
  for (const WorkloadEntry& entry : Workloads::all()) document["workloads"].push_back(as_json(entry));
  for (const ExecutorEntry& entry : Executors::all()) document["executors"].push_back(as_json(entry));
  for (const ObserverEntry& entry : Observers::all())
    document["observers"].push_back({{"name", entry.name}, {"help", entry.help}});
  return document.dump(2) + "\n";
}

std::string cells_as_json(const std::vector<Cell>& cells, double effective_cpus) {
  ordered_json document = {{"schema", kSchema},
                           {"effective_cpus", effective_cpus},
                           {"cpus", placement_order(starting_affinity())},
                           {"cells", ordered_json::array()}};
  for (const Cell& cell : cells) {
    document["cells"].push_back(cell.as_json());
    document["cells"].back()["arguments"] = cell.arguments();
  }
  // A pattern to search for need not be UTF-8.
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace fanout
