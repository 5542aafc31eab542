#include "system/waiting.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "system/descriptor.hpp"

namespace fanout {
namespace {

constexpr long kNoCall = -1;
constexpr std::pair<long, const char*> kNames[] = {
    {kNoCall, "no call"},
    {SYS_futex, "futex"},
    {SYS_nanosleep, "nanosleep"},
    {SYS_clock_nanosleep, "clock_nanosleep"},
    {SYS_restart_syscall, "restart_syscall"},
    {SYS_sched_yield, "sched_yield"},
    {SYS_read, "read"},
    {SYS_readv, "readv"},
    {SYS_pread64, "pread64"},
    {SYS_write, "write"},
    {SYS_writev, "writev"},
    {SYS_pwrite64, "pwrite64"},
    {SYS_fsync, "fsync"},
    {SYS_fdatasync, "fdatasync"},
    {SYS_openat, "openat"},
    {SYS_ppoll, "ppoll"},
    {SYS_epoll_pwait, "epoll_pwait"},
    {SYS_connect, "connect"},
    {SYS_accept4, "accept4"},
    {SYS_recvfrom, "recvfrom"},
    {SYS_recvmsg, "recvmsg"},
    {SYS_recvmmsg, "recvmmsg"},
    {SYS_sendto, "sendto"},
    {SYS_sendmsg, "sendmsg"},
    {SYS_sendmmsg, "sendmmsg"},
    {SYS_wait4, "wait4"},
    {SYS_waitid, "waitid"},
    {SYS_mmap, "mmap"},
    {SYS_munmap, "munmap"},
    {SYS_madvise, "madvise"},
    {SYS_mprotect, "mprotect"},
#ifdef SYS_poll  // newer architectures have none of these
    {SYS_poll, "poll"},
    {SYS_epoll_wait, "epoll_wait"},
    {SYS_select, "select"},
#endif
};

/// The begin of a file; an errno where it cannot be read.
std::pair<std::string, int> head(const std::string& path) {
  std::array<char, 512> buffer{};
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return {"", errno};
  const ssize_t bytes = read(file.get(), buffer.data(), buffer.size());
  if (bytes < 0) return {"", errno};
  return {std::string(buffer.data(), static_cast<std::size_t>(bytes)), 0};
}

/// The letter in a stat file, behind the name, in which anything may stand.
std::optional<char> state_in(const std::string& stat) {
  const std::size_t end = stat.rfind(')');
  if (end == std::string::npos || end + 2 >= stat.size()) return {};
  return stat[end + 2];
}

}  // namespace

std::string call_name(long number) {
  for (const auto& [known, name] : kNames) {
    if (known == number) return name;
  }
  return "call " + std::to_string(number);
}

Waiting waiting(pid_t process, pid_t thread) {
  const std::string place = "/proc/" + std::to_string(process) + "/task/" + std::to_string(thread);
  const auto [call, error] = head(place + "/syscall");
  if (error == 0 && call.starts_with("running")) return {.state = Waiting::State::running};
  long number = 0;
  const bool readable = error == 0 && std::from_chars(call.data(), call.data() + call.size(), number).ec == std::errc{};
  if (readable && number != kNoCall) return {.state = Waiting::State::blocked, .what = call_name(number)};
  // The state needs no permission. A thread that has ended has none, or that of a zombie, which is in no call either.
  const auto state = state_in(head(place + "/stat").first);
  if (!state || *state == 'Z' || *state == 'X') return {.state = Waiting::State::gone};
  if (*state == 'R') return {.state = Waiting::State::running};
  if (readable) return {.state = Waiting::State::blocked, .what = call_name(number)};
  const char* why = error != 0 ? std::strerror(error) : "it says nothing";
  return {.state = Waiting::State::unreadable, .what = "/proc/PID/task/TID/syscall: " + std::string(why)};
}

}  // namespace fanout
