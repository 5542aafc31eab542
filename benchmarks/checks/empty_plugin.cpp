// The tasks of `overhead`, behind the door of plug-ins: what `scripts/fanout check plugin` sets beside it.
#include <fanout/workload.hpp>
#include <numeric>

namespace {

class Empty : public fanout::Workload {
 public:
  Empty(const fanout::Values& values, std::uint64_t seed)
      : tasks_(static_cast<std::size_t>(values.number("tasks"))), seed_(seed) {}

  std::size_t tasks() const { return tasks_; }

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const {
    const std::uint64_t base = seed_ + weight();  // once a range: in a task this short each load would show
    for (std::size_t i = first; i < last; ++i) out[i - first] += base + i;
  }

  void expected(std::span<std::uint64_t> digests) const { std::iota(digests.begin(), digests.end(), seed_); }

 private:
  std::size_t tasks_;
  std::uint64_t seed_;
};

FANOUT_WORKLOAD(Empty, .name = "empty", .help = "the tasks of overhead, from a plug-in",
                .parameters = {
                    {.name = "tasks", .standard = "10000", .max = "10000000", .unit = "tasks", .role = "tasks"}})

}  // namespace
