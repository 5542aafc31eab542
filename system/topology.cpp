#include "system/topology.hpp"

#include <hwloc.h>

#include <algorithm>
#include <memory>
#include <new>
#include <stdexcept>

namespace fanout {
namespace {

struct Destroy {
  void operator()(hwloc_topology_t topology) const { hwloc_topology_destroy(topology); }
};
using Topology = std::unique_ptr<hwloc_topology, Destroy>;

Topology make() {
  hwloc_topology_t topology = nullptr;
  if (hwloc_topology_init(&topology) != 0) throw std::bad_alloc();
  return Topology(topology);
}

/// hwloc's logical order goes through the machine depth first, so that neighbours stay together. A machine that does
/// not tell its cores is taken to have one for each hardware thread.
std::vector<unsigned> order(hwloc_topology_t topology, const std::vector<unsigned>& allowed) {
  struct Place {
    int rank;  // of the core's allowed hardware threads
    unsigned cpu;
  };
  std::vector<Place> places;
  hwloc_obj_t last_core = nullptr;
  for (hwloc_obj_t thread = nullptr;
       (thread = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_PU, thread)) != nullptr;) {
    if (std::ranges::find(allowed, thread->os_index) == allowed.end()) continue;
    const hwloc_obj_t core = hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_CORE, thread);
    const bool sibling = core != nullptr && core == last_core;
    places.push_back({sibling ? places.back().rank + 1 : 0, thread->os_index});
    last_core = core;
  }
  std::ranges::stable_sort(places, {}, &Place::rank);
  std::vector<unsigned> cpus;
  for (const Place& place : places) cpus.push_back(place.cpu);
  for (const unsigned cpu : allowed) {  // those that hwloc does not know of
    if (std::ranges::find(cpus, cpu) == cpus.end()) cpus.push_back(cpu);
  }
  return cpus;
}

Topology described(const std::string& synthetic) {
  Topology topology = make();
  if (hwloc_topology_set_synthetic(topology.get(), synthetic.c_str()) != 0 || hwloc_topology_load(topology.get()) != 0)
    throw std::invalid_argument("'" + synthetic + "' describes no machine to hwloc");
  return topology;
}

std::uint64_t cache_of(hwloc_topology_t topology) {
  for (const hwloc_obj_type_t type : {HWLOC_OBJ_L4CACHE, HWLOC_OBJ_L3CACHE, HWLOC_OBJ_L2CACHE}) {
    std::uint64_t bytes = 0;
    for (hwloc_obj_t cache = nullptr; (cache = hwloc_get_next_obj_by_type(topology, type, cache)) != nullptr;)
      bytes += cache->attr->cache.size;
    if (bytes > 0) return bytes;
  }
  return 0;
}

}  // namespace

std::vector<unsigned> placement_order(const std::vector<unsigned>& allowed) {
  const Topology topology = make();
  return hwloc_topology_load(topology.get()) == 0 ? order(topology.get(), allowed) : allowed;
}

std::vector<unsigned> placement_order(const std::vector<unsigned>& allowed, const std::string& synthetic) {
  return order(described(synthetic).get(), allowed);
}

std::uint64_t last_level_cache() {
  const Topology topology = make();
  return hwloc_topology_load(topology.get()) == 0 ? cache_of(topology.get()) : 0;
}

std::uint64_t last_level_cache(const std::string& synthetic) { return cache_of(described(synthetic).get()); }

}  // namespace fanout
