#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>

namespace fanout {

/// What made something fail, as far as it is known: for programs. Plain data, so that a worker that is a process can
/// hand it over as it is.
struct Cause {
  std::optional<int> signal = {};               ///< that killed a worker
  std::optional<int> status = {};               ///< exit status of a worker that ended too early
  std::optional<int> error = {};                ///< errno
  std::optional<std::int64_t> worker = {};      ///< process id
  std::optional<std::uint64_t> task = {};       ///< that the worker was at, or the first of several
  std::optional<std::uint64_t> last_task = {};  ///< the last of several
};

/// A failure with its cause. `kind` is the stage of a cell's life (build, open, receipt, run), or what was wrong in
/// whatever stage (unavailable, placement, impossible, memory, threads, interrupted); empty: during() fills it in.
struct Error : std::runtime_error {
  explicit Error(const std::string& reason, Cause what_cause = {}, std::string what_kind = "")
      : std::runtime_error(reason), kind(std::move(what_kind)), cause(what_cause) {}
  std::string kind;
  Cause cause;
};

/// A library is absent from this program: which package to install.
struct Unavailable : Error {
  explicit Unavailable(const std::string& reason) : Error(reason, {}, "unavailable") {}
};

/// What is being thrown, as an Error; only within a catch clause. Its kind is empty unless it had one.
Error caught();

/// For a call that exceptions must not cross: keeps the failure for its caller, and is what the call returns. The first
/// form keeps what is being thrown, only within a catch clause; the second a message.
int keep_failure() noexcept;
int keep_failure(const char* message) noexcept;

/// Throws what this thread has kept last, and forgets it; where it kept nothing, the status alone.
[[noreturn]] void throw_kept_failure(int status);

/// What any thread has kept first since this was asked last; null: nothing.
std::exception_ptr first_kept_failure() noexcept;

/// The kind of an error that happened in this stage: its own; "memory" or "threads" where the system refused those; or
/// the stage.
std::string kind_of(const Error& error, const std::string& stage);

/// Calls body; whatever it throws becomes an Error with the kind that belongs to this stage.
template <class Body>
auto during(const char* stage, const Body& body) {
  try {
    return body();
  } catch (...) {
    Error error = caught();
    error.kind = kind_of(error, stage);
    throw error;
  }
}

}  // namespace fanout
