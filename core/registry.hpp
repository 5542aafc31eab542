#pragma once

#include <algorithm>
#include <list>
#include <stdexcept>
#include <string>
#include <string_view>

namespace fanout {

/// Entries of one kind by name. They announce themselves by a file-scope `const Registry<E>::Add NAME_added{...};`
/// in the entry's own file, or are added later, before cells are selected.
template <class Entry>
class Registry {
 public:
  struct Add {
    explicit Add(Entry entry) { add(std::move(entry)); }
  };

  /// Throws std::logic_error where the name is taken.
  static const Entry& add(Entry entry) {
    auto& list = entries();
    const auto place = std::ranges::lower_bound(list, entry.name, {}, &Entry::name);
    if (place != list.end() && place->name == entry.name)
      throw std::logic_error("two entries are called '" + entry.name + "'");
    return *list.insert(place, std::move(entry));
  }

  /// In the order of their names. Entries stay where they are when others are added.
  static const std::list<Entry>& all() { return entries(); }

  /// Null where there is none.
  static const Entry* find(std::string_view name) {
    const auto found = std::ranges::find(entries(), name, &Entry::name);
    return found == entries().end() ? nullptr : &*found;
  }

 private:
  static std::list<Entry>& entries() {
    static std::list<Entry> list;
    return list;
  }
};

}  // namespace fanout
