#include "system/perf_counter.hpp"

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "system/first_line.hpp"

namespace fanout {

PerfCounter::PerfCounter(const Event& event, pid_t thread) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = event.type;
  attributes.config = event.config;
  attributes.disabled = 1;
  attributes.inherit = 1;
  attributes.exclude_kernel = event.kernel ? 0 : 1;
  attributes.exclude_hv = 1;
  attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  const auto descriptor = syscall(SYS_perf_event_open, &attributes, thread, -1, -1, PERF_FLAG_FD_CLOEXEC);
  error_ = descriptor < 0 ? errno : 0;
  event_ = Descriptor(static_cast<int>(descriptor));
}

void PerfCounter::enable() const { ioctl(event_.get(), PERF_EVENT_IOC_ENABLE, 0); }
void PerfCounter::disable() const { ioctl(event_.get(), PERF_EVENT_IOC_DISABLE, 0); }

double PerfCounter::count() const {
  struct {
    std::uint64_t value, enabled, running;
  } seen{};
  if (::read(event_.get(), &seen, sizeof seen) != sizeof seen || seen.running == 0) return 0;
  return static_cast<double>(seen.value) * static_cast<double>(seen.enabled) / static_cast<double>(seen.running);
}

std::string why_no_counter(int error, const std::string& proc) {
  switch (error) {
    case ENOENT:
    case ENODEV:
    case EOPNOTSUPP:
      return "no PMU: the CPU, or the hypervisor, has no such counter";
    case EACCES:
      return "perf_event_paranoid is " + first_line(proc + "/sys/kernel/perf_event_paranoid").value_or("unknown") +
             ": sysctl kernel.perf_event_paranoid=2, or CAP_PERFMON";
    case EPERM:
      return "perf_event_open is not allowed: by seccomp, as in containers, or without CAP_PERFMON or locked memory";
    case ENOSYS:
      return "the kernel is built without perf_event_open";
    default:
      return std::string("perf_event_open: ") + std::strerror(error);
  }
}

}  // namespace fanout
