#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "system/descriptor.hpp"

namespace fanout {

/// A running fanout-server, the one beside this program. It ends with this object, and with this process however that
/// ends: it watches a pipe that only this process, and what it forks, holds open.
class ServerProcess {
 public:
  /// Starts it with these arguments and waits until it listens. Throws std::exception where it does not.
  explicit ServerProcess(std::vector<std::string> arguments);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  /// "http://127.0.0.1:<port>"
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  struct Child {
    pid_t pid;
    Descriptor input;   ///< the child's standard input, to write to
    Descriptor output;  ///< its standard output, to read from
  };
  explicit ServerProcess(Child child) : child_{std::move(child)} {}
  static Child spawn(std::vector<std::string> arguments);
  /// The first line that it prints.
  std::string read_line();
  /// Whether its output ends in time, or is ready for one of these events of poll().
  [[nodiscard]] bool stirs_within(int milliseconds, short events) const;

  Child child_;
  std::string url_;
};

}  // namespace fanout
