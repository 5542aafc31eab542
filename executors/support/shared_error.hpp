#pragma once

#include <atomic>
#include <cstdio>

#include "core/failure.hpp"

namespace fanout {

/// FirstError for workers that are processes: reason and cause of the first exception, in shared memory.
class SharedError {
 public:
  /// Calls body(); keeps what it throws if it is the first. True if nothing was thrown.
  template <class Body>
  bool guard(const Body& body) noexcept {
    try {
      body();
      return true;
    } catch (...) {
      keep(caught());
    }
    return false;
  }

  /// Throws what was kept, and forgets it. Only with every worker at rest.
  void rethrow() {
    const State state = state_.exchange(State::none);
    if (state == State::kept) throw Error(message_, cause_);
    if (state == State::taken) throw Error("a task threw, and its worker died before it could tell what");
  }

  void forget() { state_ = State::none; }

 private:
  enum class State { none, taken, kept };

  void keep(const Error& error) {
    State expected = State::none;
    if (!state_.compare_exchange_strong(expected, State::taken)) return;
    std::snprintf(message_, sizeof message_, "%s", error.what());
    cause_ = error.cause;
    state_ = State::kept;
  }

  std::atomic<State> state_ = State::none;
  Cause cause_ = {};
  char message_[1024] = "";
};

}  // namespace fanout
