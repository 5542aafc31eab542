#pragma once

#include <poll.h>
#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

#include "core/failure.hpp"

namespace fanout {

/// A forked worker process. It dies with its parent, leaves Ctrl-C to it, and never outlives this object.
class Child {
 public:
  /// Forks; the child calls body, then leaves without running exit handlers. Throws std::system_error where the system
  /// refuses.
  explicit Child(const std::function<void()>& body);
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  ~Child();

  /// -1 once it is reaped.
  [[nodiscard]] pid_t pid() const { return pid_; }

  /// What poll() needs to be woken when the child dies.
  [[nodiscard]] pollfd death() const { return {.fd = pidfd_, .events = POLLIN, .revents = 0}; }

  /// Waits for its end. Nothing where its body returned, else how it ended: "process 17 was killed by signal 9
  /// (Killed)", with worker and signal or status as its cause.
  std::optional<Error> reap();

  /// Ends it without asking; it still has to be reaped.
  void kill() const;

 private:
  pid_t pid_;
  int pidfd_;
};

/// What run() throws about a worker of `executor` that ended while it was at tasks [first, last), or, where these are
/// equal, at none.
Error worker_death(const std::string& executor, const std::optional<Error>& end, std::size_t first, std::size_t last);

}  // namespace fanout
