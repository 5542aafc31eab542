#include "benchmarks/listing.hpp"

#include <nlohmann/json.hpp>
#include <sstream>

#include "core/registry.hpp"
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
          {"choices", parameter.choices},
          {"min", parameter.min},
          {"max", parameter.max},
          {"named", parameter.named}};
}

ordered_json as_json(const WorkloadEntry& entry) {
  ordered_json parameters = ordered_json::array();
  for (const Parameter& parameter : entry.parameters) {
    if (parameter.listed) parameters.push_back(as_json(parameter));
  }
  return {{"name", entry.name}, {"help", entry.help}, {"waits", entry.waits}, {"parameters", parameters}};
}

ordered_json as_json(const ExecutorEntry& entry) {
  return {{"name", entry.name},       {"help", entry.help}, {"kind", fanout::to_string(entry.kind)},
          {"library", entry.library}, {"idle", entry.idle}, {"missing", entry.missing}};
}

}  // namespace

std::string list_for_people(double effective_cpus) {
  std::ostringstream text;
  text << "fanout " << build::kVersion << ", " << effective_cpus << " effective CPUs\n\nWorkloads (--workloads)\n";
  for (const WorkloadEntry& entry : Workloads::all()) {
    text << "  " << entry.name << ": " << entry.help << (entry.waits ? " (waits)" : "") << "\n";
    for (const Parameter& parameter : entry.parameters) {
      if (!parameter.listed) continue;
      text << "      --set=" << entry.name << "." << parameter.name << "=  " << parameter.help
           << "\n          accepted: " << parameter.accepted() << "; default: " << defaults(parameter) << "\n";
    }
  }
  text << "\nExecutors (--executors)\n";
  for (const ExecutorEntry& entry : Executors::all()) {
    text << "  " << entry.name << " (" << fanout::to_string(entry.kind) << "): " << entry.help << "\n";
    if (entry.missing.empty())
      text << "      library: " << entry.library << "; idle workers: " << entry.idle << "\n";
    else
      text << "      unavailable: " << entry.missing << "\n";
  }
  return text.str();
}

std::string list_as_json(double effective_cpus) {
  ordered_json document = {
      {"version", build::kVersion}, {"effective_cpus", effective_cpus}, {"cpus", placement_order(starting_affinity())}};
  document["workloads"] = document["executors"] = ordered_json::array();
  for (const WorkloadEntry& entry : Workloads::all()) document["workloads"].push_back(as_json(entry));
  for (const ExecutorEntry& entry : Executors::all()) document["executors"].push_back(as_json(entry));
  return document.dump(2) + "\n";
}

}  // namespace fanout
