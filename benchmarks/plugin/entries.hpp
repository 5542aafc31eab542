#pragma once

#include <string>

#include "fanout/plugin.h"

namespace fanout {

/// Adds what a plug-in declares to Workloads, or to Executors, as from this file. Throws UsageError where that cannot
/// be.
void add_plugin_entry(const fanout_workload& given, const std::string& plugin);
void add_plugin_entry(const fanout_executor& given, const std::string& plugin);

}  // namespace fanout
