// The workload disk where the disk is full, forbidden or gone: what it says, and what it leaves (nothing).

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <csignal>
#include <cstddef>
#include <fstream>

#include "tests/workloads/disk_fixture.hpp"

namespace fanout::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class DiskTrouble : public Disk {};

/// In a child that has a tmpfs with these options at a path, which nobody else sees. "skip" where that is not allowed.
std::string on_tmpfs(const std::filesystem::path& path, const std::string& options,
                     const std::function<std::string()>& action) {
  return in_child([&]() -> std::string {
    if (unshare(CLONE_NEWNS) != 0 || mount("", "/", "", MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("tmpfs", path.c_str(), "tmpfs", 0, options.c_str()) != 0)
      return "skip";
    return action();
  });
}

TEST_F(DiskTrouble, MemoryCannotBeDropped) {
  const std::string said = on_tmpfs(directory, "size=1m", [&] {
    return complaint([&] { build(with({{"cache", "dropped"}, {"tasks", "2"}, {"size", "4KiB"}})); });
  });
  if (said == "skip") GTEST_SKIP() << "mounting is not permitted";
  EXPECT_THAT(said, AllOf(HasSubstr(directory), HasSubstr("tmpfs"), HasSubstr("--set=disk.path=")));
}

TEST_F(DiskTrouble, DoesNotFillADiskThatIsTooSmall) {
  const std::string said = on_tmpfs(directory, "size=64k", [&] {
    return complaint([&] { build(with({{"tasks", "17"}, {"size", "4KiB"}})); }) + (empty() ? " empty" : " left");
  });
  if (said == "skip") GTEST_SKIP() << "mounting is not permitted";
  EXPECT_THAT(said, AllOf(HasSubstr("no room in " + directory.string()), HasSubstr("65536"),
                          HasSubstr("--set=disk.path="), HasSubstr(" empty")));
}

/// Inodes end before space does: building fails half way, and what it has made is gone.
TEST_F(DiskTrouble, FailsWholeOnAFullDisk) {
  const std::string said = on_tmpfs(directory, "size=1m,nr_inodes=10", [&] {
    const auto error = complaint([&] { build(with({{"tasks", "50"}, {"size", "4KiB"}})); });
    const auto room = std::filesystem::space(directory);
    return error + (empty() && files().empty() && room.free == room.capacity ? " empty" : " left");
  });
  if (said == "skip") GTEST_SKIP() << "mounting is not permitted";
  EXPECT_THAT(said, AllOf(HasSubstr(directory), HasSubstr("No space left on device"), HasSubstr("--set=disk.path="),
                          HasSubstr(" empty")));
}

TEST_F(DiskTrouble, TellsOfADiskThatFillsUpMeanwhile) {
  const std::string said = on_tmpfs(directory, "size=64k", [&] {
    const auto disk = build(with({{"action", "write"}, {"tasks", "2"}, {"size", "16KiB"}}));
    std::ofstream(directory / "other") << std::string(1 << 20, 'x');
    return complaint([&] { run(*disk); });
  });
  if (said == "skip") GTEST_SKIP() << "mounting is not permitted";
  EXPECT_THAT(said, AllOf(HasSubstr("cannot write file 0 in " + directory.string()),
                          HasSubstr("No space left on device"), HasSubstr("--set=disk.path=")));
}

TEST_F(DiskTrouble, TellsOfADirectoryThatItMayNotUse) {
  std::filesystem::permissions(directory, std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  const std::string said = in_child([&] {
    if (getuid() == 0 && setresuid(54321, 54321, 54321) != 0) return std::string("skip");
    return complaint([&] { build(with({})); });
  });
  EXPECT_THAT(said, AllOf(HasSubstr(directory), HasSubstr("Permission denied"), HasSubstr("--set=disk.path=")));
  EXPECT_THAT(complaint([&] {
                build({{"path", directory / "missing"}});
              }),
              AllOf(HasSubstr("missing"), HasSubstr("No such file"), HasSubstr("--set=disk.path=")));
  EXPECT_THAT(complaint([&] { build({{"path", "/proc/self/status"}}); }), HasSubstr("Not a directory"));
  EXPECT_THAT(in_child([] {
                setenv("TMPDIR", "/nowhere/at/all", 1);
                return complaint([] { build({}); });
              }),
              AllOf(HasSubstr("TMPDIR"), HasSubstr("--set=disk.path=")));
}

TEST_F(DiskTrouble, TellsOfTooFewDescriptors) {
  const std::string said = in_child([&] {
    const rlimit limit{.rlim_cur = 40, .rlim_max = 40};
    setrlimit(RLIMIT_NOFILE, &limit);
    return complaint([&] {
             build(with({{"tasks", "64"}, {"size", "1B"}}));
           }) +
           (empty() && files().empty() ? " empty" : " left");
  });
  EXPECT_THAT(said, AllOf(HasSubstr("Too many open files"), HasSubstr("lower disk.tasks or raise ulimit -n"),
                          HasSubstr(" empty")));
}

/// Whatever ends it: in the middle of batches, a process cannot tidy up after SIGKILL.
TEST_F(DiskTrouble, LeavesNothingWhenKilled) {
  for (const char* action : {"read", "write"}) {
    Pipe at_work;
    const pid_t child = fork();
    if (child == 0) {
      const auto disk = build(with({{"action", action}, {"tasks", "8"}, {"size", "1MiB"}}));
      run(*disk);
      if (write(at_work.write.get(), "x", 1) != 1) _exit(1);
      for (;;) run(*disk);
    }
    at_work.write.close();  // so that a child that dies early is no wait without end
    char byte = 0;
    ASSERT_EQ(read(at_work.read.get(), &byte, 1), 1);
    usleep(10'000);
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << status;
    EXPECT_TRUE(empty());
  }
}

/// Has the system refuse files without a name to this process, as some file systems do.
bool refuse_unnamed_files() {
  constexpr std::uint32_t kFlag = O_TMPFILE & ~O_DIRECTORY;
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[2])),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kFlag, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{.len = std::size(filter), .filter = filter};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

TEST_F(DiskTrouble, DoesWithoutUnnamedFiles) {
  const std::string said = in_child([&]() -> std::string {
    if (!refuse_unnamed_files()) return "skip";
    if (open(directory.c_str(), O_TMPFILE | O_RDWR, 0600) >= 0 || errno != EOPNOTSUPP) return "not refused";
    const auto disk = build(with({{"tasks", "3"}}));
    if (!empty() || files().size() != 3) return "left";
    return run(*disk) == disk->expected() ? "right" : "wrong";
  });
  if (said == "skip") GTEST_SKIP() << "seccomp is not permitted";
  EXPECT_EQ(said, "right");
}

}  // namespace
}  // namespace fanout::testing
