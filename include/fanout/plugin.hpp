// What fanout/workload.hpp and fanout/executor.hpp share: parameters, values, and the list of what a plug-in gives out.
#pragma once

#include <fanout/plugin.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace fanout {

/// The values of an entry's parameters.
class Values {
 public:
  explicit Values(const fanout_values& values) : values_(values) {}

  /// Of a count, a duration (ns) or a size (bytes). Throws where no parameter is declared so.
  [[nodiscard]] std::int64_t number(const char* name) const { return at(name).number; }
  [[nodiscard]] std::string text(const char* name) const { return at(name).text; }

 private:
  [[nodiscard]] const fanout_value& at(const char* name) const {
    const fanout_value* found = fanout_find(&values_, name);
    if (found == nullptr) throw std::logic_error(std::string("no parameter is declared as ") + name);
    return *found;
  }
  fanout_values values_;
};

/// A parameter, by fields: `{.name = "tasks", .help = "lines", .type = "count", .standard = "1000", .min = "0",
/// ...}`.
struct Parameter {
  const char* name;
  const char* help = "";
  const char* type = "count";  ///< "count", "duration", "bytes", "choice", "text" or "file"
  const char* standard = nullptr;
  const char* min = "0";
  const char* max = "1000000";
  const char* choices = nullptr;  ///< of a choice: "one|two|three"
  const char* unit = nullptr;     ///< of a count
  const char* role = nullptr;     ///< "tasks", "size", "duration", "result_bytes", "grain"
};

namespace detail {

/// All that a plug-in gives out, and what Fanout gave it.
struct Plugin {
  const fanout_host* host = nullptr;
  std::deque<fanout_parameter> parameters;
  std::deque<std::vector<const fanout_parameter*>> lists;
  std::deque<fanout_workload> workload_entries;
  std::deque<fanout_executor> executor_entries;
  std::vector<const fanout_workload*> workloads{nullptr};
  std::vector<const fanout_executor*> executors{nullptr};
  fanout_plugin entry{};

  /// The list, as C has it, of these parameters.
  const fanout_parameter* const* keep(const std::vector<Parameter>& declared) {
    std::vector<const fanout_parameter*>& list = lists.emplace_back();
    for (const Parameter& one : declared) {
      parameters.push_back({sizeof(fanout_parameter), one.name, one.help, one.type, one.standard, one.min, one.max,
                            one.choices, one.unit, one.role});
      list.push_back(&parameters.back());
    }
    list.push_back(nullptr);
    return list.data();
  }
};

/// Hidden, or two plug-ins in one process would have it in common.
__attribute__((visibility("hidden"))) inline Plugin& plugin() {
  static Plugin the;
  return the;
}

/// Calls body; what it throws crosses as a status.
template <class Body>
int guarded(const Body& body) noexcept {
  try {
    body();
    return 0;
  } catch (const std::exception& error) {
    return plugin().host->fail(error.what());
  } catch (...) {
    return plugin().host->fail("something that is no std::exception");
  }
}

}  // namespace detail
}  // namespace fanout

#define FANOUT_JOIN_(a, b) a##b
#define FANOUT_NAME_(a, b) FANOUT_JOIN_(a, b)

// In every file of a plug-in, of which the linker keeps one.
extern "C" __attribute__((visibility("default"), used)) inline const fanout_plugin* fanout_plugin_entry(
    const fanout_host* host) {
  auto& plugin = fanout::detail::plugin();
  plugin.host = host;
  plugin.entry = {sizeof(fanout_plugin), FANOUT_VERSION_MAJOR, FANOUT_VERSION_MINOR, plugin.workloads.data(),
                  plugin.executors.data()};
  return &plugin.entry;
}
