#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fanout {

/// `allowed` CPUs in the order in which workers should take them: first one of every physical core, in the order of
/// packages and NUMA nodes, so that the cores of one are neighbours here; then every core's second hardware thread, and
/// so on. As hwloc sees this machine; in their own order where it does not see it.
std::vector<unsigned> placement_order(const std::vector<unsigned>& allowed);

/// The same on a machine that exists only in words: hwloc's synthetic descriptions, such as "pack:2 core:4 pu:2
/// (indexes=...)" (hwloc-synthetic). Throws std::invalid_argument where they mean nothing.
std::vector<unsigned> placement_order(const std::vector<unsigned>& allowed, const std::string& synthetic);

/// Bytes of all last-level caches of this machine; 0 where hwloc does not see them.
std::uint64_t last_level_cache();
std::uint64_t last_level_cache(const std::string& synthetic);

}  // namespace fanout
