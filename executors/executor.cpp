#include "executors/executor.hpp"

namespace fanout {

ExecutorEntry ExecutorEntry::variant(std::string its_name, std::string its_help, decltype(open) its_open) const {
  ExecutorEntry entry = *this;
  entry.name = std::move(its_name);
  entry.help = std::move(its_help);
  entry.open = std::move(its_open);
  return entry;
}

ExecutorEntry ExecutorEntry::extra() const {
  ExecutorEntry entry = *this;
  entry.standard = false;
  return entry;
}

ExecutorEntry ExecutorEntry::forking() const {
  ExecutorEntry entry = *this;
  entry.forks = true;
  return entry;
}

ExecutorEntry ExecutorEntry::submitting() const {
  ExecutorEntry entry = *this;
  entry.submits = true;
  return entry;
}

Options ExecutorEntry::options(unsigned workers, unsigned cpus, const std::map<std::string, std::string>& given) const {
  return {.workers = workers, .cpus = cpus, .values = Values(name, parameters, given)};
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

std::string to_string(ExecutorEntry::Memory memory) {
  switch (memory) {
    case ExecutorEntry::Memory::one:
      return "one";
    case ExecutorEntry::Memory::forked:
      return "forked";
    case ExecutorEntry::Memory::separate:
      return "separate";
  }
  return "unknown";
}

}  // namespace fanout
