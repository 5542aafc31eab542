#include "core/values.hpp"

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <utility>

namespace fanout {
namespace {

/// Whether the parameter means something to this choice of the first one.
bool meant(const Parameter& parameter, const std::string& first) {
  return parameter.meant_for.empty() || std::ranges::find(parameter.meant_for, first) != parameter.meant_for.end();
}

std::int64_t number_in(const Values::Value& value) {
  const bool is_word = !value.parameter.word.empty() && value.text == value.parameter.word;
  return is_word ? 0 : parse_number(value.parameter.type, value.text);
}

}  // namespace

Values::Values(std::string owner, const std::vector<Parameter>& parameters,
               const std::map<std::string, std::string>& given)
    : owner_(std::move(owner)) {
  for (const auto& [name, value] : given) {
    if (std::ranges::find(parameters, name, &Parameter::name) != parameters.end()) continue;
    std::string names;
    for (const Parameter& parameter : parameters) {
      if (parameter.listed) names += (names.empty() ? "" : ", ") + parameter.name;
    }
    throw UsageError("--set=" + owner_ + "." + name + ": " + owner_ +
                     " has no such parameter; it has: " + (names.empty() ? "none" : names));
  }
  for (const Parameter& parameter : parameters) {
    std::string value = parameter.default_value;
    if (!values_.empty() && parameter.default_for.contains(values_.front().text))
      value = parameter.default_for.at(values_.front().text);
    const auto found = given.find(parameter.name);
    if (found != given.end()) value = found->second;
    const std::string flag = "--set=" + owner_ + "." + parameter.name;
    values_.push_back({parameter, parameter.canonical(value, flag), found != given.end()});
    if (meant(parameter, values_.front().text) || values_.back().text == parameter.default_value) continue;
    std::string choices;
    for (const std::string& choice : parameter.meant_for) choices += (choices.empty() ? "" : " | ") + choice;
    throw UsageError(flag + "=" + value + ": only for " + owner_ + "." + parameters.front().name + "=" + choices);
  }
}

const Values::Value& Values::at(std::string_view name) const {
  const auto found = std::ranges::find(values_, name, [](const Value& value) { return value.parameter.name; });
  if (found == values_.end()) throw std::logic_error("no parameter is declared as " + std::string(name));
  return *found;
}

std::int64_t Values::number(std::string_view name) const { return number_in(at(name)); }

std::optional<std::int64_t> Values::number_of(std::string_view role) const {
  const auto found = std::ranges::find(values_, role, [](const Value& value) { return value.parameter.role; });
  if (found == values_.end()) return {};
  return number_in(*found);
}

Values Values::with(std::string_view name, std::int64_t number) const {
  Values copy = *this;
  for (Value& value : copy.values_) {
    const Parameter& parameter = value.parameter;
    if (parameter.name != name) continue;
    value.text = parameter.canonical(spell_number(parameter.type, number), "--set=" + owner_ + "." + parameter.name);
  }
  return copy;
}

const std::string& Values::text(std::string_view name) const { return at(name).text; }

std::string Values::name() const {
  std::string name;
  for (const Value& value : values_) {
    const Parameter& parameter = value.parameter;
    const bool replaced = !parameter.instead.empty() && !text(parameter.instead).empty();
    if (!parameter.named || replaced || !meant(parameter, values_.front().text) || value.text.empty()) continue;
    const bool file = parameter.type == Parameter::Type::file;
    std::string spelling = file ? std::filesystem::path(value.text).filename().string() : value.text;
    // A slash would look like the next parameter; and what is not ASCII may not be UTF-8, which JSON must.
    std::ranges::replace_if(
        spelling, [](unsigned char c) { return c < 0x20 || c == '/' || c > 0x7e; }, '_');
    name += (name.empty() ? "" : "/") + parameter.name + ":" + spelling;
  }
  return name;
}

std::vector<std::string> split_values(const std::string& owner, const std::vector<Parameter>& parameters,
                                      const std::string& parameter, const std::string& text) {
  const auto declared = std::ranges::find(parameters, parameter, &Parameter::name);
  if (declared == parameters.end()) return {text};  // Values refuses it, with the names that there are
  if (declared->type == Parameter::Type::file || declared->type == Parameter::Type::text) return {text};
  std::vector<std::string> values;
  std::istringstream stream(text);
  for (std::string value; std::getline(stream, value, ',');) values.push_back(value);
  if (values.empty()) values.emplace_back();
  // Several values of what is not in the name would make several cells of one name.
  if (values.size() > 1 && !declared->named)
    throw UsageError("--set=" + owner + "." + parameter + "=" + text + ": takes one value");
  return values;
}

std::vector<Values> combinations(const std::string& owner, const std::vector<Parameter>& parameters,
                                 const Given& given) {
  std::vector<std::map<std::string, std::string>> all{{}};
  for (const auto& [parameter, values] : given) {
    std::vector<std::map<std::string, std::string>> extended;
    for (const auto& settings : all) {
      for (const std::string& value : values) {
        extended.push_back(settings);
        extended.back()[parameter] = value;
      }
    }
    all.swap(extended);
  }
  std::vector<Values> result;
  for (const auto& settings : all) result.emplace_back(owner, parameters, settings);
  return result;
}

}  // namespace fanout
