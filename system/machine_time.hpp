#pragma once

#include <optional>
#include <string>

namespace fanout {

/// CPU seconds of the whole machine so far, in the kernel's ticks of 10 ms. Only differences mean something.
struct MachineTime {
  double busy = 0;   ///< in programs, in the kernel and in interrupts
  double steal = 0;  ///< in which there was work, and the hypervisor ran somebody else
};

/// Nothing where `proc` does not tell.
std::optional<MachineTime> machine_time(const std::string& proc = "/proc");

}  // namespace fanout
