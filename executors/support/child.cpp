#include "executors/support/child.hpp"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <utility>

namespace fanout {
namespace {

constexpr int kDone = 86;  // not 0: a task that calls exit(0) has not done its work

/// What escapes from body ends the child, here: above it lies a copy of the parent's stack.
[[noreturn]] void live(pid_t parent, const std::function<void()>& body) noexcept {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // it died before the line above
  std::signal(SIGINT, SIG_IGN);       // the terminal sends Ctrl-C to everybody; the parent decides
  std::signal(SIGTERM, SIG_DFL);      // the parent's handler is not meant for it
  body();
  _exit(kDone);
}

}  // namespace

Child::Child(const std::function<void()>& body) : pid_(-1), pidfd_(-1) {
  std::fflush(nullptr);  // what is buffered would be written twice
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) live(parent, body);
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  pidfd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  if (pidfd_ >= 0) return;
  const int error = errno;
  kill();
  reap();
  throw std::system_error(error, std::generic_category(),
                          error == ENOSYS ? "pidfd_open (Linux 5.3 or newer is needed)" : "pidfd_open");
}

Child::Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)), pidfd_(std::exchange(other.pidfd_, -1)) {}

Child::~Child() {
  kill();
  reap();
  if (pidfd_ >= 0) close(pidfd_);
}

void Child::kill() const {
  if (pid_ <= 0) return;  // reaped: kill(-1) would reach every process there is
  if (pidfd_ >= 0)
    syscall(SYS_pidfd_send_signal, pidfd_, SIGKILL, nullptr, 0);
  else
    ::kill(pid_, SIGKILL);
}

std::optional<Error> Child::reap() {
  if (pid_ <= 0) return {};
  const std::string name = "process " + std::to_string(pid_);
  Cause cause{.worker = pid_};
  int status = 0;
  pid_t reaped = 0;
  do reaped = waitpid(pid_, &status, 0);
  while (reaped < 0 && errno == EINTR);
  pid_ = -1;
  if (reaped < 0) return Error(name + " was reaped by another part of this program", cause);
  if (WIFSIGNALED(status)) {
    cause.signal = WTERMSIG(status);
    return Error(
        name + " was killed by signal " + std::to_string(*cause.signal) + " (" + strsignal(*cause.signal) + ")", cause);
  }
  if (WEXITSTATUS(status) == kDone) return {};
  cause.status = WEXITSTATUS(status);
  return Error(name + " left with exit status " + std::to_string(*cause.status), cause);
}

Error worker_death(const std::string& executor, const std::optional<Error>& end, std::size_t first, std::size_t last) {
  std::string reason = executor + ": " + (end ? end->what() : "a process ended before it was asked to");
  Cause cause = end ? end->cause : Cause{};
  if (first == last) return Error(reason + " between tasks", cause);
  cause.task = first;
  if (last - first == 1) return Error(reason + " during task " + std::to_string(first), cause);
  cause.last_task = last - 1;
  return Error(reason + " during tasks " + std::to_string(first) + " to " + std::to_string(last - 1), cause);
}

}  // namespace fanout
