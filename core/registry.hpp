#pragma once

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/parameter.hpp"
#include "workloads/workload.hpp"

namespace fanout {

/// What build() throws where this program was built without the library that it takes: which package to install.
struct Unavailable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What a workload's file says of it: everything that --list, the names, the tests and the docs need.
struct WorkloadEntry {
  std::string name;
  std::string help;
  bool waits = false;  ///< its tasks wait rather than compute, so more workers than CPUs pay
  std::vector<Parameter> parameters = {};
  /// Throws UsageError on values that do not fit together. Null where all do.
  void (*check)(const Values&) = nullptr;
  /// From values that fit together. Throws where it cannot be built; Unavailable where a library is absent.
  std::unique_ptr<Workload> (*build)(const Values&, std::uint64_t seed) = nullptr;
};

/// Entries that announce themselves: a file-scope `const Registry<E>::Add added{...};` in the entry's own file.
template <class Entry>
class Registry {
 public:
  struct Add {
    explicit Add(Entry entry) { entries().push_back(std::move(entry)); }
  };
  /// In the order of their names.
  static const std::vector<Entry>& all();

 private:
  static std::vector<Entry>& entries() {
    static std::vector<Entry> list;
    return list;
  }
};

template <class Entry>
const std::vector<Entry>& Registry<Entry>::all() {
  static const std::vector<Entry> sorted = [] {
    std::vector<Entry> list = entries();
    std::ranges::sort(list, {}, &Entry::name);
    return list;
  }();
  return sorted;
}

using Workloads = Registry<WorkloadEntry>;

}  // namespace fanout
