// One command, from just before it is started until it has ended: its time, CPU time and memory as JSON. A program of
// its own, and a small one: what starts a process is part of that process's memory until it is another program, so that
// nobody else's size is taken for the command's, and setting the command up stays outside of the clock.

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "system/affinity.hpp"

namespace {

constexpr int kWrongUsage = 2;
constexpr const char* kUsage =
    R"(fanout-time --out=PATH [--largest-file=BYTES] -- [NAME=VALUE...] COMMAND [ARGUMENTS...]

Runs a command as a shell would, with these variables in its environment, and writes to PATH what it took: real_time,
user_time and system_time in ns, children that it has waited for included; max_rss in bytes, of the largest process; and its
status, the signal that ended it, or errno where it cannot be executed. What it leaves running is killed.
)";

constexpr std::array kForwarded{SIGHUP, SIGINT, SIGTERM};

volatile std::sig_atomic_t command = 0;  // the process, once there is one

struct Start {
  const char* program;
  char** words;
  pid_t parent;
  sigset_t mask;
  int error = 0;
};

/// In the new process, which shares memory with its parent, while that waits.
int execute(void* context) {
  auto& start = *static_cast<Start*>(context);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != start.parent) _exit(kWrongUsage);  // it died just before
  sigprocmask(SIG_SETMASK, &start.mask, nullptr);
  execve(start.program, start.words, environ);
  start.error = errno;
  _exit(kWrongUsage);
}

/// What a terminal sends has reached the command already.
void forward(int number, siginfo_t* info, void* /*context*/) {
  if (info->si_code != SI_KERNEL) kill(command, number);
}

void forward_signals() {
  for (const int number : kForwarded) {
    struct sigaction before {};
    sigaction(number, nullptr, &before);
    if (before.sa_handler == SIG_IGN) continue;
    struct sigaction action {};
    action.sa_sigaction = forward;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigaction(number, &action, nullptr);
  }
}

bool executable(const std::string& path) {
  struct stat file {};
  return stat(path.c_str(), &file) == 0 && S_ISREG(file.st_mode) && access(path.c_str(), X_OK) == 0;
}

/// Where execvp would find it, so that no search is in the measured time.
std::string found(std::string_view program) {
  if (program.find('/') != program.npos) return std::string(program);
  const char* path = std::getenv("PATH");
  for (std::string_view rest = path != nullptr ? path : "/bin:/usr/bin";;) {
    const auto end = rest.find(':');
    const auto directory = rest.substr(0, end);
    std::string candidate = directory.empty() ? "." : std::string(directory);
    candidate.append("/").append(program);
    if (executable(candidate)) return candidate;
    if (end == rest.npos) return std::string(program);
    rest.remove_prefix(end + 1);
  }
}

/// Leading NAME=VALUE words become variables; the rest is the command.
char** with_variables(char** words) {
  for (; *words != nullptr; ++words) {
    const char* equals = std::strchr(*words, '=');
    if (equals == nullptr || equals == *words || std::memchr(*words, '/', equals - *words) != nullptr) break;
    putenv(*words);
  }
  return words;
}

long long nanoseconds() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

long long nanoseconds(const timeval& time) { return time.tv_sec * 1'000'000'000LL + time.tv_usec * 1'000LL; }

/// Runs it to its end; what it took, as JSON.
std::string timed(char** words) {
  const std::string program = found(*words);
  Start start{program.c_str(), words, getpid(), {}};
  sigset_t forwarded;
  sigemptyset(&forwarded);
  for (const int number : kForwarded) sigaddset(&forwarded, number);
  sigprocmask(SIG_BLOCK, &forwarded, &start.mask);  // until there is somebody to forward them to
  alignas(16) static std::array<char, 64 << 10> stack;
  int status = 0;
  rusage usage{};
  const long long before = nanoseconds();
  // As vfork: nothing is copied, and this process goes on once the other is another program.
  const pid_t pid = clone(execute, stack.data() + stack.size(), CLONE_VM | CLONE_VFORK | SIGCHLD, &start);
  if (pid < 0) return R"({"errno": )" + std::to_string(errno) + "}\n";
  command = pid;
  forward_signals();
  sigprocmask(SIG_SETMASK, &start.mask, nullptr);
  while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  const long long real = nanoseconds() - before;
  if (start.error != 0) return R"({"errno": )" + std::to_string(start.error) + "}\n";
  std::string cpus;
  for (const unsigned cpu : fanout::affinity()) cpus.append(cpus.empty() ? "" : ", ").append(std::to_string(cpu));
  const bool killed = WIFSIGNALED(status);
  return R"({"real_time": )" + std::to_string(real) + R"(, "user_time": )" +
         std::to_string(nanoseconds(usage.ru_utime)) + R"(, "system_time": )" +
         std::to_string(nanoseconds(usage.ru_stime)) + R"(, "max_rss": )" + std::to_string(usage.ru_maxrss * 1024L) +
         R"(, "affinity": [)" + cpus + R"(], ")" + (killed ? "signal" : "status") + R"(": )" +
         std::to_string(killed ? WTERMSIG(status) : WEXITSTATUS(status)) + "}\n";
}

/// Those have become children of this process, and so do theirs once they are gone.
void end_orphans() {
  for (bool any = true; any;) {
    any = false;
    std::ifstream children("/proc/self/task/" + std::to_string(getpid()) + "/children");
    for (pid_t pid = 0; children >> pid;) any |= kill(pid, SIGKILL) == 0;
    if (any) waitpid(-1, nullptr, 0);
  }
}

int refuse(const std::string& why) {
  std::fprintf(stderr, "fanout-time: %s (see fanout-time --help)\n", why.c_str());
  return kWrongUsage;
}

std::optional<rlim_t> number(std::string_view text) {
  rlim_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  const char* out = nullptr;
  int at = 1;
  for (; at < argc && std::strcmp(argv[at], "--") != 0; ++at) {
    const std::string_view word = argv[at];
    constexpr std::string_view kOut = "--out=";
    constexpr std::string_view kLargest = "--largest-file=";
    if (word == "--help") return std::fputs(kUsage, stdout) < 0 ? 1 : 0;
    if (word.starts_with(kOut)) {
      out = argv[at] + kOut.size();
    } else if (word.starts_with(kLargest)) {
      const auto bytes = number(word.substr(kLargest.size()));
      rlimit limit{};
      getrlimit(RLIMIT_FSIZE, &limit);
      limit.rlim_cur = std::min(bytes.value_or(0), limit.rlim_max);
      if (!bytes || setrlimit(RLIMIT_FSIZE, &limit) != 0) return refuse(std::string(word) + ": no such size");
    } else {
      return refuse(std::string(word) + " is no flag of it");
    }
  }
  if (out == nullptr || at >= argc) return refuse("--out=PATH and -- COMMAND are needed");
  char** words = with_variables(argv + at + 1);
  if (*words == nullptr) return refuse("no command follows --");
  const int file = open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return refuse(std::string(out) + ": " + std::strerror(errno));
  close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);  // the runner's pipe, which `out` may name, is no file of the command's
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const std::string text = timed(words);
  const bool written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  end_orphans();
  return written ? 0 : 1;
}
