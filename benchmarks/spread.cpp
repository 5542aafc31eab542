#include "benchmarks/spread.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace fanout {
namespace {

namespace fs = std::filesystem;

std::chrono::nanoseconds of_process(const std::string& pid) {
  std::chrono::nanoseconds total{};
  std::error_code gone;  // a thread, or the process, may end meanwhile
  for (fs::directory_iterator task("/proc/" + pid + "/task", gone), end; !gone && task != end; task.increment(gone)) {
    std::ifstream file(task->path() / "schedstat");
    std::chrono::nanoseconds::rep running = 0;
    std::chrono::nanoseconds::rep ready = 0;
    if (file >> running >> ready) total += std::chrono::nanoseconds(ready);
  }
  return total;
}

}  // namespace

std::chrono::nanoseconds ready_time(const std::vector<pid_t>& processes) {
  auto total = of_process("self");
  for (const pid_t pid : processes) total += of_process(std::to_string(pid));
  return total;
}

std::chrono::milliseconds idle_time() {
  std::ifstream file("/proc/stat");
  std::string cpu;
  long user = 0;
  long nice = 0;
  long system = 0;
  long idle = 0;
  if (!(file >> cpu >> user >> nice >> system >> idle)) return {};
  return std::chrono::milliseconds(idle * 1000 / sysconf(_SC_CLK_TCK));
}

}  // namespace fanout
