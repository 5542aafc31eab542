#pragma once

#include <spawn.h>
#include <unistd.h>

#include <system_error>

namespace fanout {

/// What a process that is spawned begins with: these two as standard input and output, and of all else only standard
/// error. Throws std::system_error.
class SpawnStreams {
 public:
  SpawnStreams(int input, int output) {
    check(posix_spawn_file_actions_init(&actions_), "posix_spawn_file_actions_init");
    check(posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO), "posix_spawn_file_actions_adddup2");
    check(posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO), "posix_spawn_file_actions_adddup2");
    check(posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1), "posix_spawn_file_actions");
  }
  ~SpawnStreams() { posix_spawn_file_actions_destroy(&actions_); }
  SpawnStreams(const SpawnStreams&) = delete;
  SpawnStreams& operator=(const SpawnStreams&) = delete;
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  static void check(int error, const char* what) {
    if (error != 0) throw std::system_error(error, std::generic_category(), what);
  }

  posix_spawn_file_actions_t actions_{};
};

}  // namespace fanout
