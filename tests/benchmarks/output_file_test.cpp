#include "benchmarks/output_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <system_error>

#include "core/parameter.hpp"

namespace fanout {
namespace {

namespace fs = std::filesystem;

class Output : public ::testing::Test {
 protected:
  Output() {
    std::string name = ::testing::TempDir() + "fanout_output_XXXXXX";
    directory_ = mkdtemp(name.data());
  }
  ~Output() override { fs::remove_all(directory_); }

  std::ptrdiff_t files() const { return std::distance(fs::directory_iterator(directory_), {}); }

  fs::path directory_;
};

TEST_F(Output, AppearsWholeOrNotAtAll) {
  const fs::path path = directory_ / "results.json";
  {
    const OutputFile abandoned(path);
    EXPECT_FALSE(fs::exists(path));
  }
  EXPECT_EQ(files(), 0);
  OutputFile file(path);
  file.commit("{}");
  std::string text;
  std::getline(std::ifstream(path), text);
  EXPECT_EQ(text, "{}");
  EXPECT_EQ(files(), 1);
}

TEST_F(Output, ThatCannotBeWrittenSaysSoAtOnce) {
  try {
    const OutputFile file(directory_ / "missing" / "results.json");
    FAIL() << "no error";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("missing/results.json"), std::string::npos);
  }
}

TEST_F(Output, RefusesADirectory) { EXPECT_THROW(OutputFile{directory_}, UsageError); }

TEST_F(Output, RefusesADeviceThatIsFull) { EXPECT_THROW(OutputFile{"/dev/full"}, UsageError); }

/// What was there before survives a write that fails.
TEST_F(Output, KeepsTheOldFileWhenTheRenameFails) {
  const fs::path path = directory_ / "results.json";
  {
    OutputFile file(path);
    fs::create_directories(path / "in the way");
    EXPECT_THROW(file.commit("{}"), std::system_error);
  }
  EXPECT_TRUE(fs::exists(path / "in the way"));
  EXPECT_EQ(files(), 1);
}

TEST_F(Output, FollowsALink) {
  std::ofstream(directory_ / "target") << "old";
  fs::create_symlink("target", directory_ / "link");
  OutputFile(directory_ / "link").commit("new");
  EXPECT_TRUE(fs::is_symlink(directory_ / "link"));
  std::string text;
  std::getline(std::ifstream(directory_ / "target"), text);
  EXPECT_EQ(text, "new");
}

/// As root, a rename over /dev/stdout would put a file in the device's place.
TEST_F(Output, WritesToAPipeAsItIs) {
  const fs::path path = directory_ / "pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const int reader = open(path.c_str(), O_RDONLY | O_NONBLOCK);
  OutputFile(path).commit("{}");
  char text[3] = "";
  EXPECT_EQ(read(reader, text, sizeof text), 2);
  EXPECT_STREQ(text, "{}");
  EXPECT_TRUE(fs::is_fifo(path));
  close(reader);
}

}  // namespace
}  // namespace fanout
