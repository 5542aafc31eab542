#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include "core/registry.hpp"

namespace fanout {

/// A stage of a cell's life went wrong. `kind` is that stage, or what the system refused there.
struct StageError : std::runtime_error {
  StageError(std::string what_kind, const std::string& reason)
      : std::runtime_error(reason), kind(std::move(what_kind)) {}
  std::string kind;
};

/// What is being thrown, in words; only within a catch clause.
std::string words();

/// "memory" or "threads" where these words say that the system has none left, else `stage`. Words are all that there is
/// to tell by: a worker that is a process sends no more of what it caught.
std::string kind_of(const std::string& words, const std::string& stage);

/// Calls body; whatever it throws becomes a StageError of this stage.
template <class Body>
auto during(const char* stage, const Body& body) {
  try {
    return body();
  } catch (const StageError&) {
    throw;
  } catch (const Unavailable& missing) {
    throw StageError("unavailable", missing.what());
  } catch (...) {
    const std::string reason = words();
    throw StageError(kind_of(reason, stage), reason);
  }
}

}  // namespace fanout
