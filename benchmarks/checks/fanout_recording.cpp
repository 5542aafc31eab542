// What the observer `latency` costs, in ns of CPU time a task as JSON: filling the three histograms; the two readings
// of the clock that tell when a task began and ended; and all of it, by the time that an empty task takes with the
// observer less that without. `scripts/fanout check` asks.

#include <algorithm>
#include <array>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>

#include "benchmarks/observers/latency/recording.hpp"
#include "system/cpu_time.hpp"
#include "system/monotonic.hpp"

namespace {

using namespace fanout;

constexpr std::size_t kTasks = 1'000'000;
constexpr int kRounds = 9;

class Empty final : public Workload {
 public:
  [[nodiscard]] std::size_t tasks() const override { return kTasks; }
  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    for (std::size_t i = first; i < last; ++i) deliver(out[i - first], i);
  }
  [[nodiscard]] std::vector<std::uint64_t> expected() const override { return {}; }
};

/// Of a task, in ns: the median of some rounds of so many.
template <class Round>
double cost(const Round& round) {
  std::array<double, kRounds> costs{};
  for (double& one : costs) {
    const auto start = thread_cpu_time();
    round();
    one = static_cast<double>((thread_cpu_time() - start).count()) / kTasks;
  }
  std::ranges::nth_element(costs, costs.begin() + kRounds / 2);
  return costs[kRounds / 2];
}

double of_filling() {
  std::vector<std::array<std::int64_t, 3>> tasks(4096);  // due, begin, end: from a us to some ms apart
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> time(11, 1.5);
  for (auto& [due, begin, end] : tasks) {
    begin = due + static_cast<std::int64_t>(time(random));
    end = begin + static_cast<std::int64_t>(time(random));
  }
  latency::Times times;
  const double filled = cost([&] {
    for (std::size_t i = 0; i < kTasks; ++i) {
      const auto& [due, begin, end] = tasks[i % tasks.size()];
      times.add(due, begin, end);
    }
  });
  if (times.latency.count() != kRounds * kTasks) throw std::logic_error("a task was not recorded");
  return filled;
}

double of_clocks() {
  volatile std::int64_t last = 0;
  return cost([&] {
    for (std::size_t i = 0; i < 2 * kTasks; ++i) last = monotonic_time();
  });
}

double of_all() {
  const auto empty = make_workload<Empty>();
  latency::Recording recording(*empty, 1);
  std::vector<std::uint64_t> digests(kTasks);
  const auto one_by_one = [](const Job& job) {
    for (std::size_t i = 0; i < kTasks; ++i) job.run(i, i + 1);
  };
  recording.open();
  return cost([&] { one_by_one(recording.job(digests)); }) - cost([&] { one_by_one(empty->job(digests)); });
}

}  // namespace

int main() {
  const nlohmann::ordered_json costs{{"fill_ns", of_filling()}, {"clocks_ns", of_clocks()}, {"task_ns", of_all()}};
  std::cout << costs.dump(2) << "\n";
}
