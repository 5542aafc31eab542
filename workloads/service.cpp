#include <algorithm>
#include <cmath>
#include <numeric>

#include "system/monotonic.hpp"
#include "system/relax.hpp"
#include "workloads/digest.hpp"
#include "workloads/workload.hpp"

namespace fanout {
namespace {

/// So many times of an exponential distribution whose mean is exactly this: its quantiles at (rank + 1/2) / tasks,
/// where the rank of task i is that of mix(seed ^ i) among all.
std::vector<std::int64_t> exponential(std::size_t tasks, std::chrono::nanoseconds mean, std::uint64_t seed) {
  std::vector<std::size_t> order(tasks);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [seed](std::size_t i) { return mix(seed ^ i); });
  std::vector<double> quantiles(tasks);
  for (std::size_t rank = 0; rank < tasks; ++rank)
    quantiles[order[rank]] = -std::log1p(-(static_cast<double>(rank) + 0.5) / static_cast<double>(tasks));
  const double sum = std::accumulate(quantiles.begin(), quantiles.end(), 0.0);
  const double scale = static_cast<double>(mean.count()) * static_cast<double>(tasks) / sum;
  std::vector<std::int64_t> times(tasks);
  std::ranges::transform(quantiles, times.begin(), [scale](double quantile) { return std::llround(scale * quantile); });
  return times;
}

/// Tasks that hold their worker for known times, to some microseconds: what their queue must look like can be computed.
class Service final : public Workload {
 public:
  Service(std::vector<std::int64_t> times, std::uint64_t seed) : times_(std::move(times)), seed_(seed) {}

  std::size_t tasks() const override { return times_.size(); }

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    for (std::size_t i = first; i < last; ++i) {
      hold_until(monotonic_time() + times_[i]);
      deliver(out[i - first], mix(seed_ ^ i));
    }
  }

  std::vector<std::uint64_t> expected() const override {
    std::vector<std::uint64_t> digests(tasks());
    for (std::size_t i = 0; i < tasks(); ++i) digests[i] = mix(seed_ ^ i);
    return digests;
  }

  std::chrono::nanoseconds minimum_time(unsigned at_once) const override {
    if (times_.empty()) return {};
    const auto sum = std::accumulate(times_.begin(), times_.end(), std::int64_t{0});
    return std::chrono::nanoseconds(std::max(*std::ranges::max_element(times_), sum / at_once));
  }

 private:
  static void hold_until(std::int64_t end) {
    while (monotonic_time() < end - kOvershoot) sleep_until(end - kOvershoot);
    while (monotonic_time() < end) relax();
  }

  std::vector<std::int64_t> times_;  // ns, by task
  std::uint64_t seed_;
};

const Workloads::Add service_added{WorkloadEntry{
    .name = "service",
    .help = "tasks that hold a worker for known times, asleep but for the last 100 us: the server of a queue",
    .waits = true,
    .standard = false,
    .parameters =
        {Parameter::choice("times", "all alike, or exponentially distributed, by the seed",
                           {"constant", "exponential"}),
         Parameter::count("tasks", "tasks in a batch", "tasks", 100, 0, 1'000'000).as(role::kTasks),
         Parameter::duration("duration", "how long a task takes on average", "1ms", "0s", "60s").as(role::kDuration)},
    .build = [](const Values& values, std::uint64_t seed) -> std::unique_ptr<Workload> {
      const auto tasks = static_cast<std::size_t>(values.number("tasks"));
      const std::chrono::nanoseconds mean(values.number("duration"));
      const bool constant = values.text("times") == "constant";
      return make_workload<Service>(
          constant ? std::vector<std::int64_t>(tasks, mean.count()) : exponential(tasks, mean, seed), seed);
    }}};

}  // namespace
}  // namespace fanout
