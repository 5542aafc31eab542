#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/parameter.hpp"

namespace fanout {

/// Values of the parameters of one owner, a workload or an executor, as they were given: by name, one or more each.
using Given = std::map<std::string, std::vector<std::string>>;

/// The values of one owner's parameters, all valid and canonical.
class Values {
 public:
  struct Value {
    Parameter parameter;
    std::string text;
    bool given;
  };

  Values() = default;
  /// Takes the given values, and the defaults of the rest. Throws UsageError on an unknown name or a bad value.
  Values(std::string owner, const std::vector<Parameter>& parameters, const std::map<std::string, std::string>& given);

  /// Of a count, a duration (ns) or a size (bytes); 0 where the parameter's word stands for it.
  [[nodiscard]] std::int64_t number(std::string_view name) const;
  [[nodiscard]] const std::string& text(std::string_view name) const;
  /// The number of the parameter with this role; nothing where none has it.
  [[nodiscard]] std::optional<std::int64_t> number_of(std::string_view role) const;
  /// These values with another number for one of them. Throws UsageError where that is out of its range.
  [[nodiscard]] Values with(std::string_view name, std::int64_t number) const;
  /// "kernel:primes/tasks:256", the named parameters in their declared order; a file by its last path component.
  [[nodiscard]] std::string name() const;
  /// In their declared order.
  [[nodiscard]] const std::vector<Value>& all() const { return values_; }
  [[nodiscard]] const std::string& owner() const { return owner_; }

 private:
  [[nodiscard]] const Value& at(std::string_view name) const;
  std::string owner_;
  std::vector<Value> values_;
};

/// The given values of a setting: one for a text or a file, whose value may hold commas, and for what is not part of
/// the name, else one or more. Throws UsageError where several were given of what takes one.
std::vector<std::string> split_values(const std::string& owner, const std::vector<Parameter>& parameters,
                                      const std::string& parameter, const std::string& text);

/// Every combination of the values given. Throws UsageError on an unknown name or a bad value.
std::vector<Values> combinations(const std::string& owner, const std::vector<Parameter>& parameters,
                                 const Given& given);

}  // namespace fanout
