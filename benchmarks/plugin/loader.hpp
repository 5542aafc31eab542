#pragma once

#include <string>

namespace fanout {

/// Loads a plug-in (include/fanout/plugin.h), whose entries are then among Workloads and Executors; once, however often
/// it is asked for. Tries it in a process of its own first. Throws UsageError, in one line, where it cannot be loaded,
/// dies of it, is of another version, or declares what cannot be.
void load_plugin(const std::string& path);

}  // namespace fanout
