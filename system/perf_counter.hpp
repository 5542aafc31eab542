#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "system/descriptor.hpp"

namespace fanout {

/// A counter of the CPU or of the kernel, for one thread and for those threads and processes that it starts from now on
/// (perf_event_open). Counts between enable() and disable() alone.
class PerfCounter {
 public:
  struct Event {
    std::uint32_t type;    ///< PERF_TYPE_HARDWARE, PERF_TYPE_SOFTWARE
    std::uint64_t config;  ///< PERF_COUNT_HW_CPU_CYCLES ...
    bool kernel = false;   ///< what happens in the kernel too, which an ordinary user may not count
  };

  /// Of hardware what happens outside of the kernel: an ordinary user may count no more. Where error() is not 0 there
  /// is no such counter.
  PerfCounter(const Event& event, pid_t thread);

  [[nodiscard]] int error() const { return error_; }
  void enable() const;
  void disable() const;

  /// So far, scaled up where it had to share the CPU's counters with others.
  [[nodiscard]] double count() const;

 private:
  Descriptor event_;
  int error_;
};

/// Why perf_event_open has ended with this errno, and what helps.
std::string why_no_counter(int error, const std::string& proc = "/proc");

}  // namespace fanout
