#include "system/threads.hpp"

#include <filesystem>
#include <latch>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace fanout {

void require_threads(unsigned count) {
  std::vector<std::jthread> threads;
  std::latch done(1);
  try {
    for (unsigned i = 0; i < count; ++i) threads.emplace_back([&done] { done.wait(); });
    done.count_down();
  } catch (const std::system_error& error) {
    done.count_down();
    throw std::system_error(error.code(), "the system gave " + std::to_string(threads.size()) + " of " +
                                              std::to_string(count) +
                                              " threads; lower --workers, or raise ulimit -u or the cgroup's pids.max");
  }
}

std::vector<pid_t> own_threads() {
  std::vector<pid_t> threads;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task"))
    threads.push_back(std::stoi(thread.path().filename()));
  return threads;
}

}  // namespace fanout
