#pragma once

#include <fcntl.h>
#include <sys/wait.h>

#include <filesystem>
#include <functional>
#include <map>

#include "system/descriptor.hpp"
#include "tests/tiny.hpp"

namespace fanout::testing {

using Settings = std::map<std::string, std::string>;

inline const WorkloadEntry& disk_entry() { return *Workloads::find("disk"); }

inline std::unique_ptr<Workload> build(const Settings& given, std::uint64_t seed = 1) {
  const Values values("disk", disk_entry().parameters, given);
  return disk_entry().build(values, seed);
}

inline std::vector<std::uint64_t> run(const Workload& workload) {
  std::vector<std::uint64_t> digests(workload.tasks());
  workload.run(0, workload.tasks(), digests);
  return digests;
}

/// What an action throws; "" if nothing.
inline std::string complaint(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

/// What an action says in a forked child, of which nothing else remains.
inline std::string in_child(const std::function<std::string()>& action) {
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

class Disk : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = std::filesystem::canonical(::testing::TempDir()) / "fanout_disk_test_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory); }

  Settings with(Settings given) const {
    given["path"] = directory;
    return given;
  }

  /// Descriptors of this process's files without a name in the directory.
  std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> found;
    for (const auto& link : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code gone;
      const std::string target = std::filesystem::read_symlink(link.path(), gone);
      if (target.starts_with(directory.string() + "/")) found.push_back(link.path());
    }
    return found;
  }

  bool empty() const { return std::filesystem::is_empty(directory); }

  std::filesystem::path directory;
};

}  // namespace fanout::testing
