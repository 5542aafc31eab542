#include "workloads/http/server.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "system/spawn_streams.hpp"

namespace fanout {
namespace {

constexpr int kStartMilliseconds = 10'000;
constexpr int kGraceMilliseconds = 2'000;

std::string server_path() {
  const auto path = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "fanout-server";
  if (access(path.c_str(), X_OK) == 0) return path;
  throw std::runtime_error("no server to fetch from: " + path.string() + " is missing; build the target fanout-server");
}

}  // namespace

ServerProcess::ServerProcess(std::vector<std::string> arguments) : ServerProcess{spawn(std::move(arguments))} {
  url_ = read_line();
}

ServerProcess::Child ServerProcess::spawn(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), server_path());
  arguments.emplace_back("--until-stdin-closes");
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  Pipe input;
  Pipe output;
  const SpawnStreams streams{input.read.get(), output.write.get()};
  pid_t pid = -1;
  if (const int error = posix_spawn(&pid, argv[0], streams.get(), nullptr, argv.data(), environ); error != 0)
    throw std::system_error(error, std::generic_category(), "cannot start fanout-server");
  return {pid, std::move(input.write), std::move(output.read)};
}

ServerProcess::~ServerProcess() {
  child_.input.close();
  kill(child_.pid, SIGTERM);  // the pipe may be open in a forked worker yet
  if (!stirs_within(kGraceMilliseconds, 0)) kill(child_.pid, SIGKILL);
  while (waitpid(child_.pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool ServerProcess::stirs_within(int milliseconds, short events) const {
  pollfd end{child_.output.get(), events, 0};
  int ready = 0;
  do {
    ready = poll(&end, 1, milliseconds);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

std::string ServerProcess::read_line() {
  std::string line;
  for (char next = 0; next != '\n'; line += next) {
    if (!stirs_within(kStartMilliseconds, POLLIN)) throw std::runtime_error("fanout-server did not listen within 10 s");
    if (read(child_.output.get(), &next, 1) != 1) throw std::runtime_error("fanout-server ended before it listened");
  }
  line.pop_back();
  return line;
}

}  // namespace fanout
