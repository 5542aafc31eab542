#include "system/thread_times.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstring>

#include "system/monotonic.hpp"

namespace fanout {
namespace {

constexpr int kMostTries = 3;
constexpr std::int64_t kTooLong = 20'000;  // ns, for reading a file

/// The clocks of others, as the kernel encodes them (include/linux/posix-timers_types.h); the C library only knows the
/// one of a process.
constexpr clockid_t clock_of_process(pid_t process) {
  return static_cast<clockid_t>(~static_cast<unsigned>(process) << 3 | 2U);
}
constexpr clockid_t clock_of_thread(pid_t thread) {
  return static_cast<clockid_t>(~static_cast<unsigned>(thread) << 3 | 6U);
}

Descriptor open_file(const std::string& path) { return Descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC)); }

struct SchedStat {
  std::int64_t ready = 0;
  std::int64_t slices = 0;
};

std::optional<SchedStat> read_schedstat(const Descriptor& file) {
  std::array<char, 96> text{};
  const ssize_t length = pread(file.get(), text.data(), text.size(), 0);
  if (length <= 0) return {};
  const char* const end = text.data() + length;
  const auto* field = static_cast<const char*>(std::memchr(text.data(), ' ', static_cast<std::size_t>(length)));
  SchedStat stat;
  if (field == nullptr) return {};
  const auto [rest, error] = std::from_chars(field + 1, end, stat.ready);
  if (error != std::errc{} || rest == end) return {};
  std::from_chars(rest + 1, end, stat.slices);
  return stat;
}

}  // namespace

ThreadTimes& ThreadTimes::operator+=(const ThreadTimes& other) {
  wall += other.wall;
  running += other.running;
  ready += other.ready;
  return *this;
}

ThreadTimes ThreadTimes::operator-(const ThreadTimes& other) const {
  return {.wall = wall - other.wall, .running = running - other.running, .ready = ready - other.ready};
}

std::string why_no_ready(const std::string& proc) {
  const std::string path = proc + "/thread-self/schedstat";
  const Descriptor file = open_file(path);
  if (file.get() < 0) return path + " cannot be read (" + std::strerror(errno) + ")";
  const auto stat = read_schedstat(file);
  if (!stat) return path + " has not the three numbers that it should have";
  if (stat->slices == 0) return path + " counts nothing: the kernel does not account for waiting threads";
  return {};
}

ThreadWatch::ThreadWatch(const std::string& proc)
    : clock_(CLOCK_THREAD_CPUTIME_ID),
      waits_(!proc.empty()),
      schedstat_(waits_ ? open_file(proc + "/thread-self/schedstat") : Descriptor()) {}

ThreadWatch::ThreadWatch(const std::string& proc, pid_t process, pid_t thread)
    : clock_(process == getpid() ? clock_of_thread(thread) : clock_of_process(process)), waits_(!proc.empty()) {
  if (!waits_) return;
  schedstat_ = open_file(proc + "/" + std::to_string(process) + "/task/" + std::to_string(thread) + "/schedstat");
}

std::optional<ThreadTimes> ThreadWatch::read() const {
  ThreadTimes times;
  timespec cpu{};
  if (clock_gettime(clock_, &cpu) != 0) return {};
  times.running = std::int64_t{1'000'000'000} * cpu.tv_sec + cpu.tv_nsec;
  times.wall = monotonic_time();
  for (int tries = 0; waits_ && tries < kMostTries; ++tries) {
    const std::int64_t before = times.wall;
    const auto stat = read_schedstat(schedstat_);
    if (!stat) return {};
    times.ready = stat->ready;
    times.wall = monotonic_time();
    if (times.wall - before < kTooLong) break;  // else it was preempted, and may have been so between the two
  }
  return times;
}

}  // namespace fanout
