#include "benchmarks/machine.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <cstdlib>
#include <fstream>

#include "system/cgroup.hpp"

namespace fanout {
namespace {

namespace fs = std::filesystem;

/// A machine's /proc and /sys, made of files.
class EffectiveCpus : public ::testing::Test {
 protected:
  EffectiveCpus() {
    std::string name = ::testing::TempDir() + "fanout_machine_XXXXXX";
    root_ = mkdtemp(name.data());
    cpu_set_t set;
    sched_getaffinity(0, sizeof set, &set);
    affinity_ = CPU_COUNT(&set);
  }
  ~EffectiveCpus() override { fs::remove_all(root_); }

  void write(const std::string& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text << "\n";
  }

  fs::path root_;
  double affinity_;
};

TEST_F(EffectiveCpus, AreTheAffinityWhereNothingElseIsKnown) {
  EXPECT_EQ(effective_cpus(root_), affinity_);
  write("proc/self/cgroup", "garbage\n:\n0::/a");
  write("sys/fs/cgroup/a/cpu.max", "max 100000");
  EXPECT_EQ(effective_cpus(root_), affinity_);
}

TEST_F(EffectiveCpus, FollowTheTightestQuotaOfAllAncestors) {
  write("proc/self/cgroup", "0::/a/b/c");
  write("sys/fs/cgroup/a/b/c/cpu.max", "150000 100000");
  EXPECT_EQ(effective_cpus(root_), std::min(affinity_, 1.5));
  write("sys/fs/cgroup/a/cpu.max", "25000 100000");
  EXPECT_EQ(effective_cpus(root_), 0.25);
}

TEST_F(EffectiveCpus, KnowTheRootOfAContainer) {
  write("proc/self/cgroup", "0::/");
  write("sys/fs/cgroup/cpu.max", "50000 100000");
  EXPECT_EQ(effective_cpus(root_), 0.5);
}

TEST_F(EffectiveCpus, KnowVersionOne) {
  write("proc/self/cgroup", "12:memory:/x\n4:cpu,cpuacct:/docker/1\n");
  write("sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_quota_us", "-1");
  write("sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_period_us", "100000");
  EXPECT_EQ(effective_cpus(root_), affinity_);
  write("sys/fs/cgroup/cpu,cpuacct/docker/cpu.cfs_quota_us", "75000");
  write("sys/fs/cgroup/cpu,cpuacct/docker/cpu.cfs_period_us", "100000");
  EXPECT_EQ(effective_cpus(root_), 0.75);
}

TEST_F(EffectiveCpus, AndWhatTheirQuotasHaveHeldBack) {
  write("proc/self/cgroup", "0::/a/b\n");
  EXPECT_EQ(throttling(root_)->periods, 0U) << "no quota";
  write("sys/fs/cgroup/a/b/cpu.stat", "usage_usec 9\nnr_periods 100\nnr_throttled 20\nthrottled_usec 1500000\n");
  EXPECT_EQ(throttling(root_)->periods, 0U) << "still none";
  write("sys/fs/cgroup/a/b/cpu.max", "50000 100000");
  EXPECT_EQ(throttling(root_)->periods, 100U);
  EXPECT_EQ(throttling(root_)->throttled, 20U);
  EXPECT_DOUBLE_EQ(throttling(root_)->seconds, 1.5);
  write("sys/fs/cgroup/a/cpu.max", "50000 100000");
  EXPECT_FALSE(throttling(root_)) << "a quota that does not tell";
  write("sys/fs/cgroup/a/cpu.stat", "nr_periods 50\nnr_throttled 40\nthrottled_time 2500000000\n");  // as v1 has it
  EXPECT_DOUBLE_EQ(throttling(root_)->seconds, 2.5);
}

TEST(RuntimeEnvironment, HoldsWhatSteersTheRuntimes) {
  setenv("OMP_WAIT_POLICY", "passive", 1);
  setenv("OMPX_NOT", "1", 1);
  const auto found = runtime_environment();
  EXPECT_EQ(found.at("OMP_WAIT_POLICY"), "passive");
  EXPECT_EQ(found.count("OMPX_NOT"), 0U);
}

}  // namespace
}  // namespace fanout
