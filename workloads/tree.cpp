#include "workloads/tree/fibonacci.hpp"
#include "workloads/tree/matmul.hpp"
#include "workloads/tree/quicksort.hpp"
#include "workloads/tree/uts.hpp"

namespace fanout {
namespace {

/// Of each kind: what takes minutes or gigabytes, and nests no deeper than stacks allow.
const std::map<std::string, std::int64_t> kLargest{
    {"fib", 45}, {"uts", 10'000'000}, {"quicksort", 100'000'000}, {"matmul", 4096}};

void check_tree(const Values& values) {
  const std::string& kind = values.text("kind");
  if (values.number("size") > kLargest.at(kind))
    throw UsageError("--set=tree.size=" + values.text("size") + ": " + kind + " takes 1 .. " +
                     std::to_string(kLargest.at(kind)));
}

std::unique_ptr<Workload> build_tree(const Values& values, std::uint64_t seed) {
  const auto count = [&values](const char* name) { return static_cast<std::size_t>(values.number(name)); };
  const std::string& kind = values.text("kind");
  const std::size_t tasks = count("tasks");
  const std::size_t size = count("size");
  const std::size_t cutoff = count("cutoff");
  if (kind == "fib") return make_workload<Fibonacci>(tasks, size, cutoff, seed);
  if (kind == "uts") return make_workload<Uts>(tasks, size, cutoff, seed);
  if (kind == "quicksort") return make_workload<Quicksort>(tasks, size, cutoff, seed);
  return make_workload<Matmul>(tasks, size, cutoff, seed);
}

const Workloads::Add tree_added{WorkloadEntry{
    .name = "tree",
    .help = "tasks that spawn branches and wait for them: what fork and join cost",
    .standard = false,  // most executors have no door for it
    .parameters =
        {Parameter::choice("kind", "calls of fibonacci, unbalanced tree search, quicksort, or a product of matrices",
                           {"fib", "uts", "quicksort", "matmul"}),
         Parameter::count("tasks", "tasks in a batch: roots of trees", "tasks", 1, 0, 10'000).as(role::kTasks),
         Parameter::count("size", "the argument of fibonacci, nodes (about), numbers, or rows", "", 0, 1, 100'000'000)
             .sized_for({{"fib", "30"}, {"uts", "1000000"}, {"quicksort", "1000000"}, {"matmul", "256"}})
             .as(role::kSize)
             .briefly("20"),
         Parameter::count("cutoff", "arguments, levels, numbers or rows up to which nothing more is spawned", "", 0, 0,
                          100'000'000)},
    .check = check_tree,
    .build = build_tree}};

}  // namespace
}  // namespace fanout
