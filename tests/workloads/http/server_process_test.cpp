// fanout-server as a process: how it starts, ends and explains itself.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <thread>

#include "tests/workloads/http/image_server.hpp"
#include "tests/workloads/http/sockets.hpp"

namespace fanout::testing {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// Whether nobody listens there, within 20 s.
bool falls_silent(std::uint16_t port) {
  for (const auto end = Clock::now() + 20s; Clock::now() < end; std::this_thread::sleep_for(5ms)) {
    try {
      const Connection still{port};
    } catch (const std::system_error&) {
      return true;
    }
  }
  return false;
}

TEST(ServerProcess, LeavesNothingBehind) {
  std::uint16_t port = 0;
  {
    const Server server;
    port = server.port;
    EXPECT_EQ(servers().size(), 1U);
  }
  EXPECT_EQ(servers().size(), 0U);
  EXPECT_THROW(Connection{port}, std::system_error);
}

TEST(ServerProcess, IgnoresInterruptsButNotTermination) {
  const Server server;
  const auto pids = servers();
  ASSERT_EQ(pids.size(), 1U);
  kill(pids.front(), SIGINT);
  kill(pids.front(), SIGPIPE);
  EXPECT_EQ(server.get("/image/1").body, kSmall.image(1));
  kill(pids.front(), SIGTERM);
  EXPECT_TRUE(falls_silent(server.port));
}

TEST(ServerProcess, EndsEvenWhereItHangs) {
  auto server = std::make_unique<Server>();
  kill(servers().at(0), SIGSTOP);
  server.reset();
  EXPECT_EQ(servers().size(), 0U);
}

TEST(ServerProcess, DoesNotOutliveAKilledParent) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const pid_t parent = fork();
  if (parent == 0) {
    const Server server;
    const auto port = server.port;
    if (write(ends[1], &port, sizeof port) == sizeof port) pause();
    _exit(1);
  }
  ASSERT_GT(parent, 0);
  std::uint16_t port = 0;
  ASSERT_EQ(read(ends[0], &port, sizeof port), static_cast<ssize_t>(sizeof port));
  EXPECT_NO_THROW(Connection{port});
  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);
  EXPECT_TRUE(falls_silent(port));
  for (const int end : ends) close(end);
}

TEST(ServerProcess, InheritsNoDescriptor) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);  // inheritable
  const auto link = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(ends[1]));
  const Server server;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(servers().at(0)) + "/fd")) {
    EXPECT_NE(std::filesystem::read_symlink(entry), link);
  }
  for (const int end : ends) close(end);
}

TEST(ServerProcess, SaysThatItsServerDidNotStart) {
  EXPECT_THROW(ServerProcess{{"--size=1B"}}, std::runtime_error);
  EXPECT_EQ(servers().size(), 0U);
}

struct Outcome {
  int status;
  std::string output;
};
Outcome command(const std::string& arguments) {
  const auto path = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "fanout-server";
  FILE* pipe = popen(("'" + path.string() + "' " + arguments + " 2>&1 </dev/null").c_str(), "r");
  Outcome outcome{};
  for (int c = 0; (c = std::fgetc(pipe)) != EOF;) outcome.output += static_cast<char>(c);
  outcome.status = WEXITSTATUS(pclose(pipe));
  return outcome;
}

TEST(ServerCommand, ExplainsItself) {
  EXPECT_EQ(command("--help").status, 0);
  EXPECT_NE(command("--help").output.find("Examples:"), std::string::npos);
  EXPECT_EQ(command("--until-stdin-closes").status, 0);
  for (const std::string wrong : {"--size=1B", "--latency=5", "--jitter=101", "--port=70000", "--seed=x", "--sise=1"}) {
    const auto outcome = command(wrong);
    EXPECT_EQ(outcome.status, 2) << wrong;
    EXPECT_NE(outcome.output.find(wrong.substr(0, wrong.find('='))), std::string::npos) << outcome.output;
  }
  const Server server;
  const auto taken = command("--port=" + std::to_string(server.port));
  EXPECT_EQ(taken.status, 1);
  EXPECT_NE(taken.output.find(std::to_string(server.port)), std::string::npos) << taken.output;
}

}  // namespace
}  // namespace fanout::testing
