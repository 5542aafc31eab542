// The workload disk: what it reads and writes, what it leaves (nothing), and how it fails.

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

#include "system/descriptor.hpp"
#include "tests/tiny.hpp"
#include "workloads/page_cache.hpp"

namespace fanout {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using Given = std::map<std::string, std::string>;

const WorkloadEntry& entry() { return *std::ranges::find(Workloads::all(), "disk", &WorkloadEntry::name); }

std::unique_ptr<Workload> build(const Given& given, std::uint64_t seed = 1) {
  const Values values("disk", entry().parameters, given);
  entry().check(values);
  return entry().build(values, seed);
}

std::vector<std::uint64_t> run(const Workload& workload) {
  std::vector<std::uint64_t> digests(workload.tasks());
  workload.run(0, workload.tasks(), digests);
  return digests;
}

/// What an action throws; "" if nothing.
std::string complaint(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

/// What an action says in a forked child, of which nothing else remains.
std::string in_child(const std::function<std::string()>& action) {
  Pipe pipe;
  const pid_t child = fork();
  if (child == 0) {
    std::string said;
    const std::string error = complaint([&] { said = action(); });
    if (!error.empty()) said = "threw " + error;
    _exit(write(pipe.write.get(), said.data(), said.size()) == static_cast<ssize_t>(said.size()) ? 0 : 1);
  }
  pipe.write.close();
  std::string said;
  char buffer[4096];
  for (ssize_t got = 0; (got = read(pipe.read.get(), buffer, sizeof buffer)) > 0;)
    said.append(buffer, static_cast<std::size_t>(got));
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0) << said;
  return said;
}

/// In a child that has a tmpfs with these options at a path, which nobody else sees. "skip" where that is not allowed.
std::string on_tmpfs(const fs::path& path, const std::string& options, const std::function<std::string()>& action) {
  return in_child([&]() -> std::string {
    if (unshare(CLONE_NEWNS) != 0 || mount("", "/", "", MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("tmpfs", path.c_str(), "tmpfs", 0, options.c_str()) != 0)
      return "skip";
    return action();
  });
}

class Disk : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = fs::canonical(::testing::TempDir()) / "fanout_disk_test_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory = name;
  }
  void TearDown() override { fs::remove_all(directory); }

  Given with(Given given) const {
    given["path"] = directory;
    return given;
  }

  /// Descriptors of this process's files without a name in the directory.
  std::vector<fs::path> files() const {
    std::vector<fs::path> found;
    for (const auto& link : fs::directory_iterator("/proc/self/fd")) {
      std::error_code gone;
      const std::string target = fs::read_symlink(link.path(), gone);
      if (target.starts_with(directory.string() + "/")) found.push_back(link.path());
    }
    return found;
  }

  bool empty() const { return fs::is_empty(directory); }

  fs::path directory;
};

TEST_F(Disk, DeclaresItself) {
  EXPECT_TRUE(entry().waits);
  EXPECT_EQ(Values("disk", entry().parameters, with({})).name(), "action:read/tasks:64/size:256KiB/cache:warm/sync:no");
}

TEST_F(Disk, RefusesWhatMeansNothing) {
  EXPECT_EQ(complaint([] {
              build({{"action", "write"}, {"cache", "dropped"}});
            }),
            "--set=disk.cache=dropped: only for disk.action=read");
  EXPECT_EQ(complaint([] { build({{"sync", "yes"}}); }), "--set=disk.sync=yes: only for disk.action=write");
}

/// At sizes around a word, a page and a block; by this process and by a forked one; with nothing to see meanwhile.
TEST_F(Disk, ReadsAndWritesAsExpected) {
  for (const Given& kind : {Given{}, Given{{"action", "write"}}, Given{{"action", "write"}, {"sync", "yes"}}}) {
    for (const char* size : {"1B", "7B", "8B", "4097B", "262143B", "262144B", "262145B", "1MiB"}) {
      Given given = with(kind);
      given["size"] = size;
      given["tasks"] = "5";
      const auto disk = build(given);
      EXPECT_EQ(files().size(), 5U);
      EXPECT_TRUE(empty());
      EXPECT_EQ(run(*disk), disk->expected()) << size;
      EXPECT_EQ(in_child([&] { return run(*disk) == disk->expected() ? "right" : "wrong"; }), "right") << size;
      EXPECT_EQ(disk->witnessed().value_or(10), 10U) << size;
    }
  }
  EXPECT_TRUE(files().empty());
  EXPECT_TRUE(empty());
}

TEST_F(Disk, ContentDependsOnFileSizeAndSeed) {
  std::set<std::uint64_t> digests;
  for (const char* size : {"1KiB", "600KiB"}) {
    for (const std::uint64_t seed : {1U, 2U}) {
      for (const auto digest : build(with({{"size", size}, {"tasks", "5"}}), seed)->expected()) digests.insert(digest);
    }
  }
  EXPECT_EQ(digests.size(), 20U);
  const Given some = with({{"tasks", "3"}, {"action", "read"}});
  EXPECT_EQ(build(some)->expected(), build(some)->expected());
}

TEST_F(Disk, HasNothingToDoWithoutTasks) {
  for (const Given& kind : {Given{{"cache", "dropped"}}, Given{{"action", "write"}, {"sync", "yes"}}}) {
    Given given = with(kind);
    given["tasks"] = "0";
    const auto disk = build(given);
    EXPECT_TRUE(run(*disk).empty());
    EXPECT_TRUE(disk->expected().empty());
    EXPECT_EQ(disk->witnessed().value_or(0), 0U);
  }
}

TEST_F(Disk, SeesDamagedFiles) {
  const auto disk = build(with({{"tasks", "1"}, {"size", "5000B"}}));
  const Descriptor file{open(files().at(0).c_str(), O_RDWR)};
  ASSERT_EQ(pwrite(file.get(), "damage", 6, 4000), 6);
  EXPECT_NE(run(*disk), disk->expected());
  ASSERT_EQ(ftruncate(file.get(), 4999), 0);
  EXPECT_THAT(complaint([&] { run(*disk); }),
              AllOf(HasSubstr("short read"), HasSubstr("file 0 in " + directory.string()),
                    HasSubstr("has 4999 bytes, not 5000")));
  ASSERT_EQ(ftruncate(file.get(), 5001), 0);
  EXPECT_THAT(complaint([&] { run(*disk); }), HasSubstr("has 5001 bytes, not 5000"));
}

/// The witness knows what was written, not what should have been.
TEST_F(Disk, WitnessSeesWhatWasWritten) {
  const auto disk = build(with({{"action", "write"}, {"tasks", "3"}, {"size", "300KiB"}}));
  std::vector<std::uint64_t> digests(3);
  EXPECT_EQ(disk->witnessed(), 0U);
  disk->run(1, 2, digests);
  EXPECT_EQ(disk->witnessed(), 1U);
  for (int batch = 0; batch < 2; ++batch) run(*disk);
  EXPECT_EQ(disk->witnessed(), 7U);
  ASSERT_EQ(truncate(files().at(0).c_str(), 0), 0);
  EXPECT_THAT(complaint([&] { (void)disk->witnessed(); }), HasSubstr("has 0 bytes"));
  run(*disk);
  const Descriptor file{open(files().at(0).c_str(), O_RDWR)};
  ASSERT_EQ(pwrite(file.get(), "damage", 6, 4000), 6);
  EXPECT_THAT(complaint([&] { (void)disk->witnessed(); }), HasSubstr("does not hold what was written"));
}

/// Bytes that this process has had fetched from devices; nothing where the system does not count them.
std::optional<std::uint64_t> fetched() {
  std::ifstream io("/proc/self/io");
  for (std::string word; io >> word;) {
    std::uint64_t bytes = 0;
    if (word == "read_bytes:" && io >> bytes) return bytes;
  }
  return {};
}

TEST_F(Disk, DroppedPagesComeFromTheDevice) {
  const Given some = with({{"tasks", "4"}, {"size", "1MiB"}});
  const auto warm = build(some);
  Given given = some;
  given["cache"] = "dropped";
  std::unique_ptr<Workload> dropped;
  const std::string why = complaint([&] { dropped = build(given); });
  if (dropped == nullptr && why.find("as a tmpfs does") != std::string::npos) GTEST_SKIP() << why;
  ASSERT_NE(dropped, nullptr) << why;
  ASSERT_EQ(files().size(), 8U);
  for (const auto& path : files()) {  // pages are in memory, and gone right after the advice
    const Descriptor file{open(path.c_str(), O_RDWR)};
    ASSERT_EQ(fsync(file.get()), 0);
    char byte = 0;
    ASSERT_EQ(pread(file.get(), &byte, 1, 500'000), 1);
    EXPECT_GT(pages_in_memory(file.get(), 1 << 20), 0U);
    EXPECT_EQ(drop_pages(file.get()), 0);
    EXPECT_EQ(pages_in_memory(file.get(), 1 << 20), 0U);
  }
  run(*warm);
  const auto before = fetched();
  if (!before) GTEST_SKIP() << "the system does not count what is read from devices";
  EXPECT_EQ(run(*warm), warm->expected());
  EXPECT_EQ(*fetched() - *before, 0U);
  for (std::uint64_t batch = 1; batch <= 3; ++batch) {
    EXPECT_EQ(run(*dropped), dropped->expected());
    EXPECT_GE(*fetched() - *before, batch << 22U);
  }
}

TEST_F(Disk, MemoryCannotBeDropped) {
  const std::string said = on_tmpfs(directory, "size=1m", [&] {
    return complaint([&] { build(with({{"cache", "dropped"}, {"tasks", "2"}, {"size", "4KiB"}})); });
  });
  if (said == "skip") GTEST_SKIP() << "mounting is not permitted";
  EXPECT_THAT(said, AllOf(HasSubstr(directory), HasSubstr("tmpfs"), HasSubstr("--set=disk.path=")));
}

TEST_F(Disk, DoesNotFillADiskThatIsTooSmall) {
  const std::string said = on_tmpfs(directory, "size=64k", [&] {
    return complaint([&] { build(with({{"tasks", "17"}, {"size", "4KiB"}})); }) + (empty() ? " empty" : " left");
  });
  if (said == "skip") GTEST_SKIP() << "mounting is not permitted";
  EXPECT_THAT(said, AllOf(HasSubstr("no room in " + directory.string()), HasSubstr("65536"),
                          HasSubstr("--set=disk.path="), HasSubstr(" empty")));
}

/// Inodes end before space does: building fails half way, and what it has made is gone.
TEST_F(Disk, FailsWholeOnAFullDisk) {
  const std::string said = on_tmpfs(directory, "size=1m,nr_inodes=10", [&] {
    const auto error = complaint([&] { build(with({{"tasks", "50"}, {"size", "4KiB"}})); });
    const auto room = fs::space(directory);
    return error + (empty() && files().empty() && room.free == room.capacity ? " empty" : " left");
  });
  if (said == "skip") GTEST_SKIP() << "mounting is not permitted";
  EXPECT_THAT(said, AllOf(HasSubstr(directory), HasSubstr("No space left on device"), HasSubstr("--set=disk.path="),
                          HasSubstr(" empty")));
}

TEST_F(Disk, TellsOfADiskThatFillsUpMeanwhile) {
  const std::string said = on_tmpfs(directory, "size=64k", [&] {
    const auto disk = build(with({{"action", "write"}, {"tasks", "2"}, {"size", "16KiB"}}));
    std::ofstream(directory / "other") << std::string(1 << 20, 'x');
    return complaint([&] { run(*disk); });
  });
  if (said == "skip") GTEST_SKIP() << "mounting is not permitted";
  EXPECT_THAT(said, AllOf(HasSubstr("cannot write file 0 in " + directory.string()),
                          HasSubstr("No space left on device"), HasSubstr("--set=disk.path=")));
}

TEST_F(Disk, TellsOfADirectoryThatItMayNotUse) {
  fs::permissions(directory, fs::perms::owner_read | fs::perms::owner_exec);
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

TEST_F(Disk, TellsOfTooFewDescriptors) {
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
TEST_F(Disk, LeavesNothingWhenKilled) {
  for (const char* action : {"read", "write"}) {
    Pipe at_work;
    const pid_t child = fork();
    if (child == 0) {
      const auto disk = build(with({{"action", action}, {"tasks", "8"}, {"size", "1MiB"}}));
      run(*disk);
      if (write(at_work.write.get(), "x", 1) != 1) _exit(1);
      for (;;) run(*disk);
    }
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

TEST_F(Disk, DoesWithoutUnnamedFiles) {
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
}  // namespace fanout
