#include "benchmarks/receipt.hpp"
#include "tests/tiny.hpp"
#include "workloads/fork_join.hpp"

namespace fanout {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

std::unique_ptr<Workload> tree_of(const std::map<std::string, std::string>& settings) {
  const WorkloadEntry& entry = *Workloads::find("tree");
  return entry.build(Values("tree", entry.parameters, settings), 3);
}

/// What a receipt for `asked` workers says of an executor with others.
std::optional<std::string> check_tree(Workload& tree, Executor& executor, unsigned asked) {
  Ledger ledger(tree);
  return Receipt(tree, {.workers = asked}, ExecutorEntry::Kind::threads, std::chrono::milliseconds(300))
      .check(executor, ledger);
}

/// One root, and still as many workers as asked for; fewer and more are seen.
TEST(ReceiptOfTrees, CountsWorkersInBranches) {
  const std::map<std::string, std::string> sizes{
      {"fib", "12"}, {"uts", "1000"}, {"quicksort", "100"}, {"matmul", "64"}};
  for (const auto& [kind, size] : sizes) {
    const auto tree = tree_of({{"kind", kind}, {"size", size}});
    for (const unsigned workers : {1U, 2U, 4U}) {
      const auto executor = testing::start("pool", workers);
      EXPECT_EQ(check_tree(*tree, *executor, workers), std::nullopt) << kind;
    }
  }
  const auto tree = tree_of({{"size", "20"}});
  EXPECT_THAT(check_tree(*tree, *testing::start("serial", 1), 2),
              Optional(HasSubstr("1 workers ran at the same time, not 2")));
  EXPECT_THAT(check_tree(*tree, *testing::start("pool", 2), 5),
              Optional(HasSubstr("2 workers ran at the same time, not 5")));
}

/// A leaf alone keeps one worker busy, whoever else there is.
TEST(ReceiptOfTrees, AsksForNoMoreThanThereAreBranches) {
  const auto leaf = tree_of({{"size", "1"}});
  EXPECT_EQ(check_tree(*leaf, *testing::start("pool", 4), 4), std::nullopt);
  const auto forest = tree_of({{"size", "1"}, {"tasks", "3"}});
  EXPECT_EQ(check_tree(*forest, *testing::start("pool", 4), 4), std::nullopt);
}

/// An executor whose branches are run as the given function does.
class Warped final : public Executor {
 public:
  using Run = void (*)(Fork& fork, Fork::Branches branches);
  explicit Warped(Run run) : fork_(run) {}
  void run(const Job& job) override {
    const Fork::Scope scope(fork_);
    job.run(0, job.tasks);
  }

 private:
  struct CrookedFork final : Fork {
    explicit CrookedFork(Run run) : run_(run) {}
    void all(Branches branches) override { run_(*this, branches); }
    Run run_;
  } fork_;
};

/// Branches that are skipped, or run twice.
TEST(ReceiptOfTrees, RejectsWrongBranches) {
  Warped right([](Fork& fork, Fork::Branches branches) {
    for (std::size_t i = branches.size(); i-- > 0;) branches[i].call(branches[i], fork);
  });
  Warped skips([](Fork& fork, Fork::Branches branches) {
    static int forks = 0;
    for (std::size_t i = ++forks % 50 == 0 ? 1 : 0; i < branches.size(); ++i) branches[i].call(branches[i], fork);
  });
  Warped doubles([](Fork& fork, Fork::Branches branches) {
    static int forks = 0;
    for (std::size_t i = 0; i < branches.size(); ++i) branches[i].call(branches[i], fork);
    if (++forks % 50 == 0) branches[0].call(branches[0], fork);
  });
  for (const char* kind : {"fib", "uts"}) {
    const auto tree = tree_of({{"kind", kind}, {"size", std::string(kind) == "fib" ? "16" : "1000"}});
    EXPECT_EQ(check_tree(*tree, right, 1), std::nullopt) << kind;
    EXPECT_THAT(check_tree(*tree, skips, 1), Optional(HasSubstr("not done exactly once"))) << kind;
    EXPECT_THAT(check_tree(*tree, doubles, 1), Optional(HasSubstr("not done exactly once"))) << kind;
  }
}

}  // namespace
}  // namespace fanout
