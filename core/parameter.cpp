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
    const double whole = std::round(value);                                       // 4.1 * 1e6 is not 4100000 in binary
    if (!(std::abs(value - whole) <= 1e-6) || std::abs(whole) > 9e15) return {};  // so also where it is NaN
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

}  // namespace fanout
