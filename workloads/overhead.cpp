#include <numeric>

#include "workloads/workload.hpp"

namespace fanout {
namespace {

/// Empty tasks: what is left of a batch is the cost of handing them out.
class Overhead final : public Workload {
 public:
  Overhead(std::size_t tasks, std::uint64_t seed) : tasks_(tasks), seed_(seed) {}

  std::size_t tasks() const override { return tasks_; }

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    const std::uint64_t base = seed_ + weight();  // once a range: in a task this short each load would show
    for (std::size_t i = first; i < last; ++i) out[i - first] += base + i;
  }

  std::vector<std::uint64_t> expected() const override {
    std::vector<std::uint64_t> digests(tasks_);
    std::iota(digests.begin(), digests.end(), seed_);
    return digests;
  }

 private:
  std::size_t tasks_;
  std::uint64_t seed_;
};

const Workloads::Add overhead_added{WorkloadEntry{
    .name = "overhead",
    .help = "empty tasks: the cost of dispatch itself",
    .parameters =
        {Parameter::count("tasks", "tasks in a batch", "tasks", 10'000, 0, 10'000'000).as(role::kTasks).briefly("100")},
    .build = [](const Values& values, std::uint64_t seed) -> std::unique_ptr<Workload> {
      return make_workload<Overhead>(values.number("tasks"), seed);
    }}};

}  // namespace
}  // namespace fanout
