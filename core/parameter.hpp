#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace fanout {

/// Wrong usage: what was asked, what is accepted. The binary prints it and exits 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What a parameter does, whatever it is called: experiments and charts ask for roles, never for names.
namespace role {
inline constexpr const char* kTasks = "tasks";               ///< tasks in a batch
inline constexpr const char* kSize = "size";                 ///< work in a task
inline constexpr const char* kDuration = "duration";         ///< of a task
inline constexpr const char* kResultBytes = "result_bytes";  ///< bytes that a task delivers
inline constexpr const char* kLayout = "layout";             ///< of what tasks share in memory
inline constexpr const char* kGrain = "grain";               ///< tasks that an executor hands out at once
inline constexpr const char* kInFlight = "in_flight";        ///< tasks begun and not ended, at most
}  // namespace role

/// One parameter of a workload or an executor: its unit, range and default. Values are written as text ("20ms",
/// "64KiB", "primes").
struct Parameter {
  enum class Type { count, duration, bytes, choice, text, file };

  std::string name;
  std::string help;
  Type type = Type::count;
  std::string unit;                  ///< of a count: "tasks", "percent"; durations are in ns, bytes in B
  std::string default_value;         ///< where default_for has no entry
  std::int64_t min = 0;              ///< of numbers
  std::int64_t max = 0;              ///< of numbers
  std::vector<std::string> choices;  ///< of a choice
  bool named = true;                 ///< part of the cell's name
  bool listed = true;                ///< part of --list
  std::string instead = {};          ///< the parameter that, where it has a value, makes this one mean nothing
  /// Defaults that depend on the choice made for the workload's first parameter.
  std::map<std::string, std::string> default_for;
  std::vector<std::string> meant_for = {};  ///< the choices of the first parameter that need it; empty: all
  std::string role = {};                    ///< one of namespace role, or ""
  std::string brief = {};                   ///< the value that the default run uses; "": the default
  std::string word = {};                    ///< that a count takes in place of a number, for which it then is 0

  static Parameter count(std::string name, std::string help, std::string unit, std::int64_t def, std::int64_t min,
                         std::int64_t max);
  static Parameter duration(std::string name, std::string help, std::string def, const std::string& min,
                            const std::string& max);
  static Parameter bytes(std::string name, std::string help, std::string def, const std::string& min,
                         const std::string& max);
  static Parameter choice(std::string name, std::string help, std::vector<std::string> choices);
  static Parameter text(std::string name, std::string help, std::string def);
  static Parameter file(std::string name, std::string help);

  /// This parameter, not part of the cell's name.
  [[nodiscard]] Parameter unnamed() const;
  /// This parameter, neither named nor listed: for what measures the harness itself.
  [[nodiscard]] Parameter hidden() const;
  /// This parameter, which means nothing and is not in the name where another one, such as a file, has a value.
  [[nodiscard]] Parameter replaced_by(std::string other) const;
  /// This parameter, with defaults that follow the workload's first parameter, a choice.
  [[nodiscard]] Parameter sized_for(std::map<std::string, std::string> defaults) const;
  /// This parameter, which for other choices of the workload's first parameter means nothing, is not in the name, and
  /// takes no value but its default.
  [[nodiscard]] Parameter only_for(std::vector<std::string> first) const;

  /// This parameter, with a role.
  [[nodiscard]] Parameter as(std::string its_role) const;
  /// This parameter, for which the default run takes another value than the default, to be short.
  [[nodiscard]] Parameter briefly(std::string value) const;
  /// This count, which is `word` by default: all, auto.
  [[nodiscard]] Parameter by_default(std::string its_word) const;
  [[nodiscard]] bool is_number() const { return type == Type::count || type == Type::duration || type == Type::bytes; }

  /// The value as it is spelt in names ("20ms" for "0.02s"). Throws UsageError naming `flag` and what is accepted.
  [[nodiscard]] std::string canonical(const std::string& value, const std::string& flag) const;
  /// "1 .. 1000000 tasks", "primes | pi": what canonical() accepts.
  [[nodiscard]] std::string accepted() const;
};

/// The number in a canonical count (as it is), duration (ns) or size (bytes); throws UsageError.
std::int64_t parse_number(Parameter::Type type, const std::string& value);
/// The shortest text for a duration (ns) or size (bytes) that parse_number reads back exactly.
std::string spell_number(Parameter::Type type, std::int64_t value);

}  // namespace fanout
