#include "benchmarks/cell.hpp"

#include <nlohmann/json.hpp>

namespace fanout {
namespace {

using nlohmann::ordered_json;

constexpr const char* kWeak = "/scaling:weak";  // so that no name is that of a cell whose work stays the same

/// A number in its SI unit, null for the word that stands for one, or text.
ordered_json as_json(const Values& values, const Values::Value& value) {
  const Parameter& parameter = value.parameter;
  if (!parameter.is_number()) return value.text;
  if (!parameter.word.empty() && value.text == parameter.word) return nullptr;
  const std::int64_t number = values.number(parameter.name);
  if (parameter.type == Parameter::Type::duration) return static_cast<double>(number) / 1e9;
  return number;
}

ordered_json by_name(const Values& values) {
  ordered_json object = ordered_json::object();
  for (const Values::Value& value : values.all()) {
    if (value.parameter.listed) object[value.parameter.name] = as_json(values, value);
  }
  return object;
}

ordered_json by_role(const Values& values) {
  ordered_json object = ordered_json::object();
  for (const Values::Value& value : values.all()) {
    if (!value.parameter.role.empty()) object[value.parameter.role] = as_json(values, value);
  }
  return object;
}

void add_settings(std::vector<std::string>& arguments, const Values& values) {
  for (const Values::Value& value : values.all()) {
    if (value.given) arguments.push_back("--set=" + values.owner() + "." + value.parameter.name + "=" + value.text);
  }
}

}  // namespace

std::string Cell::case_name() const {
  const std::string parameters = named().name();
  return workload->name + (at_one ? kWeak : "") + (parameters.empty() ? "" : "/" + parameters);
}

std::string Cell::contender() const {
  std::string extents;
  for (const Values::Value& value : options.all()) {
    if (value.parameter.named && value.text != value.parameter.default_value)
      extents += (extents.empty() ? "@" : ",") + value.text;
  }
  return executor->name + extents;
}

std::string Cell::name() const {
  std::string name = workload->name + "/" + executor->name + "/workers:" + std::to_string(workers);
  if (const std::string parameters = options.name(); !parameters.empty()) name += "/" + parameters;
  if (cold) name += "/lifecycle:cold";
  if (at_one) name += kWeak;
  if (const std::string parameters = named().name(); !parameters.empty()) name += "/" + parameters;
  return name;
}

std::vector<std::string> Cell::arguments() const {
  std::vector<std::string> arguments{"--workloads=" + workload->name, "--executors=" + executor->name,
                                     "--workers=" + std::to_string(workers)};
  if (cold) arguments.emplace_back("--lifecycle=cold");
  if (at_one) arguments.emplace_back("--scaling=weak");
  add_settings(arguments, options);
  add_settings(arguments, named());
  return arguments;
}

ordered_json Cell::as_json() const {
  return {{"name", name()},
          {"case", case_name()},
          {"workload", workload->name},
          {"executor", executor->name},
          {"contender", contender()},
          {"kind", to_string(executor->kind)},
          {"family", executor->family},
          {"waits", workload->waits},
          {"workers", workers},
          {"lifecycle", cold ? "cold" : "warm"},
          {"scaling", at_one ? "weak" : "strong"},
          {"work", at_one ? workers : 1},
          {"parameters", by_name(values)},
          {"roles", by_role(values)},
          {"executor_parameters", by_name(options)},
          {"executor_roles", by_role(options)}};
}

}  // namespace fanout
