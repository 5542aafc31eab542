#include "system/thread_times.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "system/machine_time.hpp"
#include "system/thread_figures.hpp"

namespace fanout {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// A /proc made of files.
class ThreadTimesTest : public ::testing::Test {
 protected:
  ThreadTimesTest() {
    std::string name = ::testing::TempDir() + "fanout_proc_XXXXXX";
    proc_ = mkdtemp(name.data());
  }
  ~ThreadTimesTest() override { fs::remove_all(proc_); }

  void write(const std::string& path, const std::string& text) {
    fs::create_directories((proc_ / path).parent_path());
    std::ofstream(proc_ / path) << text;
  }

  fs::path proc_;
};

TEST_F(ThreadTimesTest, SayWhyThereIsNoReadyTime) {
  EXPECT_THAT(why_no_ready(proc_), HasSubstr("No such file"));
  write("thread-self/schedstat", "");
  EXPECT_THAT(why_no_ready(proc_), HasSubstr("three numbers"));
  write("thread-self/schedstat", "nonsense");
  EXPECT_THAT(why_no_ready(proc_), HasSubstr("three numbers"));
  write("thread-self/schedstat", "0 0 0\n");
  EXPECT_THAT(why_no_ready(proc_), HasSubstr("counts nothing"));
  write("thread-self/schedstat", "17 123456789012 5\n");
  EXPECT_EQ(why_no_ready(proc_), "");
  EXPECT_EQ(ThreadWatch(proc_.string()).read()->ready, 123456789012);
}

TEST_F(ThreadTimesTest, OfAThreadAreTheSameFromInsideAndOutside) {
  const ThreadWatch inside("");
  const ThreadWatch outside("", getpid(), gettid());
  while (inside.read()->running < 5'000'000) {
  }
  EXPECT_NEAR(static_cast<double>(inside.read()->running), static_cast<double>(outside.read()->running), 2e6);
  EXPECT_GT(outside.read()->wall, 0);
}

TEST_F(ThreadTimesTest, OfAThreadThatHasEndedAreNothing) {
  pid_t thread = 0;
  std::jthread([&] { thread = gettid(); }).join();
  EXPECT_FALSE(ThreadWatch("", getpid(), thread).read());
  EXPECT_FALSE(ThreadWatch("/proc", getpid(), thread).read());
  EXPECT_FALSE(thread_figures(getpid(), thread));
}

TEST_F(ThreadTimesTest, AndSwitchesOfASleeper) {
  const auto before = own_figures();
  for (int i = 0; i < 10; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_GE((own_figures() - before).voluntary, 10);
  EXPECT_GE(thread_figures(getpid(), gettid())->voluntary, own_figures().voluntary - 5);
}

TEST_F(ThreadTimesTest, FaultsAreReadBehindANameWithSpacesAndParentheses) {
  write("7/stat", "7 (a ) b) S 1 7 7 0 -1 4194304 321 0 9 0 1 2 3 4");
  EXPECT_EQ(faults_of(7, proc_).minor, 321);
  EXPECT_EQ(faults_of(7, proc_).major, 9);
  EXPECT_EQ(faults_of(8, proc_).minor, 0);
}

TEST_F(ThreadTimesTest, OfTheMachineAreBusyAndStolen) {
  EXPECT_FALSE(machine_time(proc_));
  write("stat", "cpu  100 20 30 9999 7 6 5 40 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n");
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  EXPECT_DOUBLE_EQ(machine_time(proc_)->busy, 161 / ticks);
  EXPECT_DOUBLE_EQ(machine_time(proc_)->steal, 40 / ticks);
}

}  // namespace
}  // namespace fanout
