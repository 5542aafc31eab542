#include "tests/workloads/batches.hpp"

namespace fanout {
namespace {

std::unique_ptr<Workload> planted(const std::map<std::string, std::string>& settings, std::uint64_t seed = 1) {
  const WorkloadEntry& entry = *Workloads::find("tree");
  const Values values("tree", entry.parameters, settings);
  entry.check(values);
  return entry.build(values, seed);
}

/// 2 F(31) - 1 calls; the unbalanced tree is known by its seed.
TEST(Tree, CountsItsNodes) {
  EXPECT_EQ(planted({})->facts(), (std::map<std::string, double>{{"nodes", 2'692'537}}));
  EXPECT_EQ(planted({{"size", "1"}, {"tasks", "5"}})->facts().at("nodes"), 5);
  EXPECT_EQ(planted({{"kind", "uts"}, {"size", "48"}})->facts().at("nodes"), 49);
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const double nodes = planted({{"kind", "uts"}}, seed)->facts().at("nodes");
    EXPECT_GT(nodes, 5e5) << seed;
    EXPECT_LT(nodes, 2e6) << seed;
  }
}

/// What nothing is spawned for is done all the same.
TEST(Tree, IsTheSameWithACutoff) {
  for (const auto& [kind, size] :
       std::map<std::string, std::string>{{"fib", "17"}, {"uts", "3000"}, {"quicksort", "5000"}, {"matmul", "75"}}) {
    const auto whole = planted({{"kind", kind}, {"size", size}, {"tasks", "3"}}, 5)->expected();
    for (const char* cutoff : {"0", "1", "3", "10", "40", "100000"}) {
      SCOPED_TRACE(kind + " with a cutoff of " + cutoff);
      const auto cut = planted({{"kind", kind}, {"size", size}, {"tasks", "3"}, {"cutoff", cutoff}}, 5);
      EXPECT_EQ(cut->expected(), whole);
      testing::run(*cut, "serial", 1);
      testing::run(*cut, "pool", 3, 3);
    }
  }
}

TEST(Tree, DependsOnSeedAndTask) {
  for (const char* kind : {"fib", "uts", "quicksort", "matmul"}) {
    const std::map<std::string, std::string> settings{{"kind", kind}, {"size", "5"}, {"tasks", "2"}};
    const auto digests = planted(settings, 1)->expected();
    EXPECT_NE(digests[0], digests[1]) << kind;
    EXPECT_NE(digests, planted(settings, 2)->expected()) << kind;
  }
}

TEST(Tree, RefusesWhatNoStackOrMemoryHolds) {
  for (const auto& [kind, size] :
       std::map<std::string, std::string>{{"fib", "46"}, {"uts", "10000001"}, {"matmul", "4097"}})
    EXPECT_EQ(testing::complaint([&, kind = kind, size = size] {
                planted({{"kind", kind}, {"size", size}});
              }).find("--set=tree.size=" + size + ": " + kind + " takes 1 .. "),
              0U);
}

}  // namespace
}  // namespace fanout
