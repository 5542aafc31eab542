#pragma once

#include <atomic>
#include <exception>
#include <utility>

namespace fanout {

/// Carries the first exception of a batch from whichever worker met it to run(). Most runtimes terminate the process
/// on an exception that leaves a task, so bodies run inside guard().
class FirstError {
 public:
  /// Calls body(); keeps what it throws if it is the first.
  template <class Body>
  void guard(Body&& body) noexcept {
    try {
      std::forward<Body>(body)();
    } catch (...) {
      if (!taken_.exchange(true)) error_ = std::current_exception();
    }
  }

  /// Throws what was kept, and forgets it. Only with every worker at rest.
  void rethrow() {
    if (!taken_.exchange(false)) return;
    std::rethrow_exception(std::exchange(error_, nullptr));
  }

 private:
  std::atomic<bool> taken_ = false;
  std::exception_ptr error_;
};

}  // namespace fanout
