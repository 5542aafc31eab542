// The workload disk: what it reads and writes, and from where.

#include <fstream>
#include <set>

#include "tests/workloads/disk_fixture.hpp"
#include "workloads/disk/page_cache.hpp"

namespace fanout::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST_F(Disk, DeclaresItself) {
  EXPECT_TRUE(disk_entry().waits);
  EXPECT_EQ(Values("disk", disk_entry().parameters, with({})).name(), "action:read/tasks:64/size:256KiB/cache:warm");
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
  for (const Settings& kind :
       {Settings{}, Settings{{"action", "write"}}, Settings{{"action", "write"}, {"sync", "yes"}}}) {
    for (const char* size : {"1B", "7B", "8B", "4097B", "262143B", "262144B", "262145B", "1MiB"}) {
      Settings given = with(kind);
      given["size"] = size;
      given["tasks"] = "5";
      const auto disk = build(given);
      EXPECT_EQ(files().size(), 5U);
      EXPECT_TRUE(empty());
      EXPECT_EQ(run(*disk), disk->expected()) << size;
      EXPECT_EQ(in_child([&] { return run(*disk) == disk->expected() ? "right" : "wrong"; }), "right") << size;
      EXPECT_EQ(disk->completed().value_or(10), 10U) << size;
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
  const Settings some = with({{"tasks", "3"}, {"action", "read"}});
  EXPECT_EQ(build(some)->expected(), build(some)->expected());
}

TEST_F(Disk, HasNothingToDoWithoutTasks) {
  for (const Settings& kind : {Settings{{"cache", "dropped"}}, Settings{{"action", "write"}, {"sync", "yes"}}}) {
    Settings given = with(kind);
    given["tasks"] = "0";
    const auto disk = build(given);
    EXPECT_TRUE(run(*disk).empty());
    EXPECT_TRUE(disk->expected().empty());
    EXPECT_EQ(disk->completed().value_or(0), 0U);
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

/// The count is of what was written, not of what should have been.
TEST_F(Disk, WitnessSeesWhatWasWritten) {
  const auto disk = build(with({{"action", "write"}, {"tasks", "3"}, {"size", "300KiB"}}));
  std::vector<std::uint64_t> digests(3);
  EXPECT_EQ(disk->completed(), 0U);
  disk->run(1, 2, digests);
  EXPECT_EQ(disk->completed(), 1U);
  for (int batch = 0; batch < 2; ++batch) run(*disk);
  EXPECT_EQ(disk->completed(), 7U);
  ASSERT_EQ(truncate(files().at(0).c_str(), 0), 0);
  EXPECT_THAT(complaint([&] { (void)disk->completed(); }), HasSubstr("has 0 bytes"));
  run(*disk);
  const Descriptor file{open(files().at(0).c_str(), O_RDWR)};
  ASSERT_EQ(pwrite(file.get(), "damage", 6, 4000), 6);
  EXPECT_THAT(complaint([&] { (void)disk->completed(); }), HasSubstr("does not hold what was written"));
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
  const Settings some = with({{"tasks", "4"}, {"size", "1MiB"}});
  const auto warm = build(some);
  Settings given = some;
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
  EXPECT_LT(*fetched() - *before, 1U << 20U) << "of no file; a page of this program may be among them";
  for (std::uint64_t batch = 1; batch <= 3; ++batch) {
    EXPECT_EQ(run(*dropped), dropped->expected());
    EXPECT_GE(*fetched() - *before, batch << 22U);
  }
}

}  // namespace
}  // namespace fanout::testing
