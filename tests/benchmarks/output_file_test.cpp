#include "benchmarks/output_file.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <system_error>

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
  } catch (const std::system_error& error) {
    EXPECT_NE(std::string(error.what()).find("missing/results.json"), std::string::npos);
  }
}

/// What was there before survives a write that fails.
TEST_F(Output, KeepsTheOldFileWhenTheRenameFails) {
  const fs::path path = directory_ / "results.json";
  fs::create_directories(path / "in the way");
  {
    OutputFile file(path);
    EXPECT_THROW(file.commit("{}"), std::system_error);
  }
  EXPECT_TRUE(fs::exists(path / "in the way"));
  EXPECT_EQ(files(), 1);
}

}  // namespace
}  // namespace fanout
