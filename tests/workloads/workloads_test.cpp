#include <numeric>
#include <set>

#include "system/spin_chain.hpp"
#include "tests/tiny.hpp"
#include "workloads/digest.hpp"

namespace fanout {
namespace {

std::unique_ptr<Workload> make(const std::string& name, const std::map<std::string, std::string>& settings,
                               std::uint64_t seed = 1) {
  const auto& entry = *Workloads::find(name);
  return entry.build(Values(name, entry.parameters, settings), seed);
}

std::vector<std::uint64_t> run(const Workload& workload) {
  std::vector<std::uint64_t> digests(workload.tasks() * workload.width());
  workload.run(0, workload.tasks(), digests);
  return digests;
}

std::uint64_t total(const Workload& workload) {
  const auto digests = run(workload);
  EXPECT_EQ(digests, workload.expected());
  return std::accumulate(digests.begin(), digests.end(), std::uint64_t{0});
}

/// Both routes agree at sizes that are neither round nor default.
TEST(Workloads, RunAsExpected) {
  for (const WorkloadEntry& entry : Workloads::all()) {
    for (const Values& values : testing::tiny(entry, 13)) {
      const auto workload = testing::built(entry, values, 42);
      if (!workload) continue;
      EXPECT_EQ(run(*workload), workload->expected()) << entry.name << " " << values.name();
    }
  }
}

TEST(Workloads, HaveUniqueNamesAndHelp) {
  std::set<std::string> names;
  for (const WorkloadEntry& entry : Workloads::all()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_FALSE(entry.help.empty());
    for (const Parameter& parameter : entry.parameters) EXPECT_FALSE(parameter.help.empty()) << parameter.name;
  }
}

/// pi(10,001,000) - pi(10,000,000): 664,579 primes lie below 10^7, 664,640 below 10^7 + 1000.
TEST(Math, Primes) { EXPECT_EQ(total(*make("math", {{"tasks", "10"}, {"size", "100"}})), 61U); }

TEST(Math, PiComesOut) {
  const double points =
      static_cast<double>(total(*make("math", {{"kernel", "pi"}, {"tasks", "1000"}, {"size", "1000"}})));
  EXPECT_NEAR(4 * points / 1e6, 3.14159, 0.01);
}

/// The real axis from -2 by halves: -2 to 0 never escape; from 0.5 the fifth point, 3.15, is the first beyond 2.
TEST(Math, MandelbrotEscapesWhenItMust) {
  const std::uint64_t never = mix(0) + mix(1) + mix(2) + mix(3) + mix(4);
  const auto row = make("math", {{"kernel", "mandelbrot"}, {"tasks", "1"}, {"size", "6"}});
  EXPECT_EQ(run(*row), std::vector{256 * never + 5 * mix(5)});
}

TEST(Math, MatmulAgreesWithFreivalds) {
  for (const char* size : {"1", "2", "33"})
    (void)total(*make("math", {{"kernel", "matmul"}, {"tasks", "5"}, {"size", size}}, 9));
}

/// OEIS A000170.
TEST(Search, QueensCountTheSolutions) {
  for (const auto& [size, solutions] :
       std::map<std::string, std::uint64_t>{{"1", 1}, {"2", 0}, {"3", 0}, {"4", 2}, {"6", 4}, {"8", 92}, {"9", 352}}) {
    for (const char* tasks : {"1", "7", "64", "1000"})
      EXPECT_EQ(total(*make("search", {{"algorithm", "nqueens"}, {"size", size}, {"tasks", tasks}})), solutions)
          << size;
  }
}

class SubstringOf : public ::testing::Test {
 protected:
  std::uint64_t count(const std::string& text, const std::string& pattern, const std::string& tasks) {
    const std::string path = ::testing::TempDir() + "fanout_search_test_" + std::to_string(getpid());
    FILE* file = fopen(path.c_str(), "wb");
    fwrite(text.data(), 1, text.size(), file);
    fclose(file);
    const auto workload = make("search", {{"text", path}, {"pattern", pattern}, {"tasks", tasks}});
    remove(path.c_str());
    return total(*workload);
  }
};

/// Matches that overlap, and those that lie across the border of two slices, count once each.
TEST_F(SubstringOf, AText) {
  for (const char* tasks : {"1", "2", "3", "7", "50"}) {
    EXPECT_EQ(count("aaaaaaaaaa", "aaa", tasks), 8U) << tasks;
    EXPECT_EQ(count("fan out fanout fan", "fan", tasks), 3U) << tasks;
    EXPECT_EQ(count("", "x", tasks), 0U) << tasks;
    EXPECT_EQ(count("short", "longer than the text", tasks), 0U) << tasks;
  }
}

TEST(Spin, JumpsToWhereItWouldWalk) {
  for (const std::uint64_t rounds : {0U, 1U, 2U, 3U, 17U, 1000U, 12345U})
    EXPECT_EQ(SpinChain::jump(99, rounds), SpinChain::walk(99, rounds)) << rounds;
}

TEST(Spin, TakesAGivenRate) {
  EXPECT_EQ(make("spin", {{"rate", "700"}, {"duration", "3us"}})->facts().at("rounds"), 2100);
  EXPECT_GT(make("spin", {})->facts().at("rate"), 0);
}

TEST(Spin, IsSlowedByRounds) {
  const auto slow = make("spin", {{"rate", "700"}, {"duration", "3us"}, {"slowdown", "5"}, {"tasks", "7"}});
  EXPECT_EQ(slow->facts(), (std::map<std::string, double>{{"rate", 700}, {"rounds", 2205}, {"slowdown", 5}}));
  EXPECT_EQ(run(*slow), slow->expected());
  EXPECT_NE(run(*slow), run(*make("spin", {{"rate", "700"}, {"duration", "3us"}, {"tasks", "7"}})));
}

TEST(Sleep, KnowsItsFloor) {
  const auto sleep = make("sleep", {{"tasks", "5"}, {"duration", "10ms"}});
  EXPECT_EQ(sleep->minimum_time(1), std::chrono::milliseconds(50));
  EXPECT_EQ(sleep->minimum_time(2), std::chrono::milliseconds(30));
  EXPECT_EQ(sleep->minimum_time(64), std::chrono::milliseconds(10));
}

TEST(Sleep, SleepsAtLeastSoLong) {
  const auto sleep = make("sleep", {{"tasks", "3"}, {"duration", "2ms"}});
  const auto start = std::chrono::steady_clock::now();
  (void)run(*sleep);
  EXPECT_GE(std::chrono::steady_clock::now() - start, sleep->minimum_time(1));
}

}  // namespace
}  // namespace fanout
