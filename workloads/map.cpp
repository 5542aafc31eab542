#include <algorithm>

#include "workloads/workload.hpp"

namespace fanout {
namespace {

constexpr std::int64_t kWord = sizeof(std::uint64_t);
constexpr std::int64_t kMaxBatch = std::int64_t{1} << 30;  // the truth and the digests take as much each

/// Squares numbers, as map() does with a function in other languages: what is left of a batch is handing tasks out and
/// moving their results back.
class Map final : public Workload {
 public:
  Map(std::size_t tasks, std::size_t width) : tasks_(tasks), width_(width) {}

  std::size_t tasks() const override { return tasks_; }
  std::size_t width() const override { return width_; }

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    const std::size_t width = width_;  // the compiler cannot know that no result overwrites it
    for (std::size_t i = first; i < last; ++i) {
      const auto result = out.subspan((i - first) * width, width);
      deliver(result.front(), i * i);
      std::ranges::fill(result.subspan(1), i * i);
    }
  }

  /// By sums of odd numbers.
  std::vector<std::uint64_t> expected() const override {
    std::vector<std::uint64_t> digests;
    digests.reserve(tasks_ * width_);
    std::uint64_t square = 0;
    for (std::size_t i = 0; i < tasks_; square += 2 * i + 1, ++i) digests.insert(digests.end(), width_, square);
    return digests;
  }

 private:
  std::size_t tasks_;
  std::size_t width_;
};

void check_map(const Values& values) {
  const std::int64_t bytes = values.number("result_bytes");
  const std::string asked = "--set=map.result_bytes=" + values.text("result_bytes");
  if (bytes % kWord != 0) throw UsageError(asked + ": accepted: multiples of " + std::to_string(kWord) + "B");
  if (bytes * values.number("tasks") > kMaxBatch)
    throw UsageError(asked + ": " + values.text("tasks") + " results take " +
                     spell_number(Parameter::Type::bytes, bytes * values.number("tasks")) +
                     " together; accepted: up to " + spell_number(Parameter::Type::bytes, kMaxBatch) +
                     "; lower it or map.tasks");
}

const Workloads::Add map_added{WorkloadEntry{
    .name = "map",
    .help = "squares of the numbers from 0 on: the cost of moving results, which can be made large",
    .standard = false,
    .parameters = {Parameter::count("tasks", "numbers to square", "tasks", 200, 0, 1'000'000).as(role::kTasks),
                   Parameter::bytes("result_bytes", "of one result: its square, repeated; a multiple of 8B", "8B", "8B",
                                    "1MiB")
                       .as(role::kResultBytes)},
    .check = check_map,
    .build = [](const Values& values, std::uint64_t /*seed*/) -> std::unique_ptr<Workload> {
      return make_workload<Map>(values.number("tasks"), values.number("result_bytes") / kWord);
    }}};

}  // namespace
}  // namespace fanout
