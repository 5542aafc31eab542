#include "core/parameter.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>
#include <span>
#include <sstream>
#include <system_error>
#include <utility>

namespace fanout {
namespace {

struct Unit {
  std::string_view suffix;
  std::int64_t size;
};

constexpr std::array kDurations{Unit{"ns", 1}, Unit{"us", 1'000}, Unit{"ms", 1'000'000}, Unit{"s", 1'000'000'000}};
constexpr std::array kBytes{Unit{"B", 1}, Unit{"KiB", 1 << 10}, Unit{"MiB", 1 << 20}, Unit{"GiB", 1 << 30}};
constexpr std::array kOnes{Unit{"", 1}};

std::span<const Unit> units(Parameter::Type type) {
  switch (type) {
    case Parameter::Type::duration:
      return kDurations;
    case Parameter::Type::bytes:
      return kBytes;
    default:
      return kOnes;
  }
}

/// The value in the smallest unit; nothing where the text is no such number, or no whole number of that unit.
std::optional<std::int64_t> read_number(Parameter::Type type, const std::string& text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{}) return {};
  const std::string_view suffix(rest, static_cast<std::size_t>(end - rest));
  for (const Unit& unit : units(type)) {
    if (suffix != unit.suffix) continue;
    const double value = number * static_cast<double>(unit.size);
    const double whole = std::round(value);  // 4.1 * 1e6 is not 4100000 in binary
    if (std::abs(value - whole) > 1e-6 || std::abs(whole) > 9e15) return {};
    return static_cast<std::int64_t>(whole);
  }
  return {};
}

Parameter number(Parameter::Type type, std::string name, std::string help, std::string unit, std::string def,
                 std::int64_t min, std::int64_t max) {
  Parameter parameter;
  parameter.name = std::move(name);
  parameter.help = std::move(help);
  parameter.type = type;
  parameter.unit = std::move(unit);
  parameter.default_value = std::move(def);
  parameter.min = min;
  parameter.max = max;
  return parameter;
}

/// Whether the parameter means something to this choice of the first one.
bool meant(const Parameter& parameter, const std::string& first) {
  return parameter.meant_for.empty() || std::ranges::find(parameter.meant_for, first) != parameter.meant_for.end();
}

std::int64_t number_in(const Values::Value& value) {
  const bool is_word = !value.parameter.word.empty() && value.text == value.parameter.word;
  return is_word ? 0 : parse_number(value.parameter.type, value.text);
}

}  // namespace

std::int64_t parse_number(Parameter::Type type, const std::string& value) {
  if (const auto number = read_number(type, value)) return *number;
  throw UsageError("'" + value + "' is not a number in this unit");
}

std::string spell_number(Parameter::Type type, std::int64_t value) {
  const Unit* best = &units(type).front();
  for (const Unit& unit : units(type)) {
    if (value != 0 && value % unit.size == 0) best = &unit;
  }
  return std::to_string(value / best->size) + std::string(best->suffix);
}

Parameter Parameter::count(std::string name, std::string help, std::string unit, std::int64_t def, std::int64_t min,
                           std::int64_t max) {
  return number(Type::count, std::move(name), std::move(help), std::move(unit), std::to_string(def), min, max);
}

Parameter Parameter::duration(std::string name, std::string help, std::string def, const std::string& min,
                              const std::string& max) {
  return number(Type::duration, std::move(name), std::move(help), "ns, us, ms or s", std::move(def),
                parse_number(Type::duration, min), parse_number(Type::duration, max));
}

Parameter Parameter::bytes(std::string name, std::string help, std::string def, const std::string& min,
                           const std::string& max) {
  return number(Type::bytes, std::move(name), std::move(help), "B, KiB, MiB or GiB", std::move(def),
                parse_number(Type::bytes, min), parse_number(Type::bytes, max));
}

Parameter Parameter::choice(std::string name, std::string help, std::vector<std::string> choices) {
  Parameter parameter = text(std::move(name), std::move(help), choices.front());
  parameter.type = Type::choice;
  parameter.choices = std::move(choices);
  return parameter;
}

Parameter Parameter::text(std::string name, std::string help, std::string def) {
  return number(Type::text, std::move(name), std::move(help), "", std::move(def), 0, 0);
}

Parameter Parameter::file(std::string name, std::string help) {
  return number(Type::file, std::move(name), std::move(help), "", "", 0, 0);
}

Parameter Parameter::unnamed() const {
  Parameter copy = *this;
  copy.named = false;
  return copy;
}

Parameter Parameter::hidden() const {
  Parameter copy = unnamed();
  copy.listed = false;
  return copy;
}

Parameter Parameter::replaced_by(std::string other) const {
  Parameter copy = *this;
  copy.instead = std::move(other);
  return copy;
}

Parameter Parameter::sized_for(std::map<std::string, std::string> defaults) const {
  Parameter copy = *this;
  copy.default_for = std::move(defaults);
  return copy;
}

Parameter Parameter::only_for(std::vector<std::string> first) const {
  Parameter copy = *this;
  copy.meant_for = std::move(first);
  return copy;
}

Parameter Parameter::as(std::string its_role) const {
  Parameter copy = *this;
  copy.role = std::move(its_role);
  return copy;
}

Parameter Parameter::briefly(std::string value) const {
  Parameter copy = *this;
  copy.brief = std::move(value);
  return copy;
}

Parameter Parameter::by_default(std::string its_word) const {
  Parameter copy = *this;
  copy.default_value = copy.word = std::move(its_word);
  return copy;
}

std::string Parameter::accepted() const {
  switch (type) {
    case Type::choice: {
      std::string list = choices.front();
      for (std::size_t i = 1; i < choices.size(); ++i) list += " | " + choices[i];
      return list;
    }
    case Type::text:
      return "text";
    case Type::file:
      return "the path of a readable file";
    default:
      return spell_number(type, min) + " .. " + spell_number(type, max) + (unit.empty() ? "" : " (" + unit + ")") +
             (word.empty() ? "" : ", or " + word);
  }
}

std::string Parameter::canonical(const std::string& value, const std::string& flag) const {
  const UsageError wrong(flag + "=" + value + ": accepted: " + accepted());
  switch (type) {
    case Type::choice:
      if (std::ranges::find(choices, value) == choices.end()) throw wrong;
      return value;
    case Type::text:
      return value;
    case Type::file:
      // Only regular files: reading a directory fails late, and a FIFO never ends.
      if (std::error_code ignored;
          !value.empty() && (!std::filesystem::is_regular_file(value, ignored) || access(value.c_str(), R_OK) != 0))
        throw wrong;
      return value;
    default: {
      if (!word.empty() && value == word) return value;
      const auto number = read_number(type, value);
      if (!number || *number < min || *number > max) throw wrong;
      return spell_number(type, *number);
    }
  }
}

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

const std::string& Values::text(std::string_view name) const { return at(name).text; }

std::string Values::name() const {
  std::string name;
  for (const Value& value : values_) {
    const Parameter& parameter = value.parameter;
    const bool replaced = !parameter.instead.empty() && !text(parameter.instead).empty();
    if (!parameter.named || replaced || !meant(parameter, values_.front().text) || value.text.empty()) continue;
    const bool file = parameter.type == Parameter::Type::file;
    std::string spelling = file ? std::filesystem::path(value.text).filename().string() : value.text;
    // A slash would break the name apart for whoever reads it; and what is not ASCII may not be UTF-8, which JSON must.
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
