#include "benchmarks/observers/support/seats.hpp"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace fanout {
namespace {

std::atomic<std::uint64_t> given_out = 0;

std::uint64_t pack(pid_t process, pid_t thread) {
  return std::uint64_t{static_cast<std::uint32_t>(process)} << 32U | static_cast<std::uint32_t>(thread);
}

Seats::Owner unpack(std::uint64_t owner) {
  return {.process = static_cast<pid_t>(owner >> 32U), .thread = static_cast<pid_t>(owner & 0xffff'ffffU)};
}

bool gone(Seats::Owner owner) { return syscall(SYS_tgkill, owner.process, owner.thread, 0) != 0 && errno == ESRCH; }

}  // namespace

std::atomic<unsigned> Seats::forks_ = 0;

Seats::Seats(std::size_t count) : id_(++given_out), owners_(count) {
  [[maybe_unused]] static const int once = pthread_atfork(nullptr, nullptr, [] { ++forks_; });
}

std::optional<std::size_t> Seats::take() const {
  const std::uint64_t self = pack(getpid(), gettid());
  for (std::size_t place = 0; place < size(); ++place) {
    std::uint64_t owner = owners_[place];
    if (owner != 0 && !gone(unpack(owner))) continue;
    if (owners_[place].compare_exchange_strong(owner, self)) return place;
  }
  return {};
}

Seats::Owner Seats::owner(std::size_t place) const { return unpack(owners_[place]); }

}  // namespace fanout
