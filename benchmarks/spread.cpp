#include "benchmarks/spread.hpp"

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

}  // namespace fanout
