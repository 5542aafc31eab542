#pragma once

#include <atomic>
#include <cstdio>
#include <exception>
#include <stdexcept>

namespace fanout {

/// FirstError for workers that are processes: the message of the first exception, in shared memory.
class SharedError {
 public:
  /// Calls body(); keeps the message of what it throws if it is the first. True if nothing was thrown.
  template <class Body>
  bool guard(const Body& body) noexcept {
    try {
      body();
      return true;
    } catch (const std::exception& error) {
      keep(error.what());
    } catch (...) {
      keep("a task threw something that is no std::exception");
    }
    return false;
  }

  /// Throws the message that was kept, and forgets it. Only with every worker at rest.
  void rethrow() {
    if (taken_.exchange(false)) throw std::runtime_error(message_);
  }

 private:
  void keep(const char* message) {
    if (!taken_.exchange(true)) std::snprintf(message_, sizeof message_, "%s", message);
  }

  std::atomic<bool> taken_ = false;
  char message_[1024] = "";
};

}  // namespace fanout
