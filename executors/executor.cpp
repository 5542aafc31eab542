#include "executors/executor.hpp"

namespace fanout {

ExecutorEntry ExecutorEntry::variant(std::string its_name, std::string its_help, decltype(open) its_open) const {
  ExecutorEntry entry = *this;
  entry.name = std::move(its_name);
  entry.help = std::move(its_help);
  entry.open = its_open;
  return entry;
}

std::string to_string(ExecutorEntry::Kind kind) {
  switch (kind) {
    case ExecutorEntry::Kind::serial:
      return "serial";
    case ExecutorEntry::Kind::threads:
      return "threads";
    case ExecutorEntry::Kind::loop:
      return "loop";
    case ExecutorEntry::Kind::processes:
      return "processes";
  }
  return "unknown";
}

}  // namespace fanout
