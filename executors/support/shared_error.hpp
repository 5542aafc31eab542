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
    const State state = state_.exchange(State::none);
    if (state == State::kept) throw std::runtime_error(message_);
    if (state == State::taken) throw std::runtime_error("a task threw, and its worker died before it could say what");
  }

  void forget() { state_ = State::none; }

 private:
  enum class State { none, taken, kept };

  void keep(const char* message) {
    State expected = State::none;
    if (!state_.compare_exchange_strong(expected, State::taken)) return;
    std::snprintf(message_, sizeof message_, "%s", *message == '\0' ? "an exception without a message" : message);
    state_ = State::kept;
  }

  std::atomic<State> state_ = State::none;
  char message_[1024] = "";
};

}  // namespace fanout
