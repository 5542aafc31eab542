#include "executors/executor.hpp"

namespace fanout {

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
