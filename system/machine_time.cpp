#include "system/machine_time.hpp"

#include <unistd.h>

#include <fstream>

namespace fanout {

std::optional<MachineTime> machine_time(const std::string& proc) {
  std::ifstream file(proc + "/stat");
  std::string cpu;
  double user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;  // guests are in user
  if (!(file >> cpu >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal) || cpu != "cpu") return {};
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  return MachineTime{.busy = (user + nice + system + irq + softirq) / ticks, .steal = steal / ticks};
}

}  // namespace fanout
