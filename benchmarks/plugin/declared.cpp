#include "benchmarks/plugin/declared.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

namespace fanout {

using Type = Parameter::Type;

std::string text_of(const char* text, const std::string& where) {
  std::string found = text != nullptr ? text : "";
  const UsageError wrong(where + " has a text that is not one line of UTF-8");
  if (std::ranges::any_of(found, [](unsigned char c) { return c < ' ' || c == 0x7f; })) throw wrong;
  try {
    (void)nlohmann::json(found).dump();
  } catch (const nlohmann::json::exception&) {
    throw wrong;
  }
  return found;
}

std::string name_of(const char* name, const std::string& where) {
  std::string found = text_of(name, where);
  const auto part = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (found.empty() || found.size() > 64 || found[0] < 'a' || found[0] > 'z' || !std::ranges::all_of(found, part))
    throw UsageError(where + " is called '" + found +
                     "'; accepted: a small letter, then small letters, digits and underscores, 64 at most");
  return found;
}

namespace {

Type type_of(const std::string& type, const std::string& where) {
  static const std::map<std::string, Type> types{{"count", Type::count}, {"duration", Type::duration},
                                                 {"bytes", Type::bytes}, {"choice", Type::choice},
                                                 {"text", Type::text},   {"file", Type::file}};
  if (const auto found = types.find(type); found != types.end()) return found->second;
  throw UsageError(where + " is of type '" + type + "'; accepted: count, duration, bytes, choice, text, file");
}

std::vector<std::string> choices_of(const std::string& text, const std::string& where) {
  std::vector<std::string> choices;
  std::istringstream stream(text);
  for (std::string choice; std::getline(stream, choice, '|');) choices.push_back(choice);
  if (choices.empty() || std::ranges::find(choices, "") != choices.end() || text.find_first_of(",/") < text.size())
    throw UsageError(where + " has the choices '" + text + "'; accepted: one|two|..., without commas and slashes");
  return choices;
}

Parameter parameter_of(const fanout_parameter& given, const std::string& owner) {
  const auto known = known_part(given, sizeof given, owner + ": a parameter");
  Parameter parameter;
  parameter.name = name_of(known.name, owner + ": a parameter");
  const std::string where = owner + "." + parameter.name;
  parameter.help = text_of(known.help, where);
  parameter.type = type_of(text_of(known.type, where), where);
  parameter.unit = text_of(known.unit, where);
  parameter.role = text_of(known.role, where);
  parameter.default_value = text_of(known.standard, where);
  if (parameter.type == Type::choice) {
    parameter.choices = choices_of(text_of(known.choices, where), where);
    if (known.standard == nullptr) parameter.default_value = parameter.choices.front();
  }
  try {
    if (parameter.is_number()) {
      parameter.min = parse_number(parameter.type, text_of(known.min, where));
      parameter.max = parse_number(parameter.type, text_of(known.max, where));
    }
    if (parameter.type != Type::file) parameter.default_value = parameter.canonical(parameter.default_value, "default");
  } catch (const UsageError& error) {
    throw UsageError(where + " is not declared well: " + error.what());
  }
  return parameter;
}

}  // namespace

std::vector<Parameter> parameters_of(const fanout_parameter* const* given, const std::string& owner) {
  std::vector<Parameter> parameters;
  for (; given != nullptr && *given != nullptr; ++given) {
    parameters.push_back(parameter_of(**given, owner));
    const auto same = [&](const Parameter& other) { return other.name == parameters.back().name; };
    if (std::ranges::count_if(parameters, same) > 1)
      throw UsageError(owner + " has two parameters that are called '" + parameters.back().name + "'");
  }
  return parameters;
}

}  // namespace fanout
