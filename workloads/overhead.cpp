#include <numeric>

#include "core/registry.hpp"

namespace fanout {
namespace {

/// Empty tasks: what is left of a batch is the cost of handing them out.
class Overhead final : public Workload {
 public:
  Overhead(std::size_t tasks, std::uint64_t seed) : tasks_(tasks), seed_(seed) {}

  std::size_t tasks() const override { return tasks_; }

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> digests) const override {
    const std::uint64_t seed = seed_;  // the compiler cannot know that digests[i] is not seed_, and would look again
    for (std::size_t i = first; i < last; ++i) digests[i] = seed + i;
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

const Workloads::Add added{
    WorkloadEntry{.name = "overhead",
                  .help = "empty tasks: the cost of dispatch itself",
                  .parameters = {Parameter::count("tasks", "tasks in a batch", "tasks", 10'000, 0, 10'000'000)},
                  .build = [](const Values& values, std::uint64_t seed) -> std::unique_ptr<Workload> {
                    return std::make_unique<Overhead>(values.number("tasks"), seed);
                  }}};

}  // namespace
}  // namespace fanout
