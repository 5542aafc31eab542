#include <cmath>

#include "system/spin_chain.hpp"
#include "workloads/digest.hpp"
#include "workloads/slowed.hpp"
#include "workloads/workload.hpp"

namespace fanout {

namespace {

/// Tasks of a known duration of CPU: from which grain on an executor pays. A slowdown is more rounds of the same work.
class Spin final : public Workload {
 public:
  Spin(std::size_t tasks, double microseconds, double rate, std::int64_t slowdown, std::uint64_t seed)
      : tasks_(tasks),
        rate_(rate),
        slowdown_(static_cast<double>(slowdown)),
        rounds_(std::llround(microseconds * rate * (1 + slowdown_ / 100))),
        seed_(seed) {}

  std::size_t tasks() const override { return tasks_; }

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    for (std::size_t i = first; i < last; ++i) deliver(out[i - first], SpinChain::walk(seed_ + i, rounds_));
  }

  std::vector<std::uint64_t> expected() const override {
    std::vector<std::uint64_t> digests(tasks_);
    for (std::size_t i = 0; i < tasks_; ++i) digests[i] = SpinChain::jump(seed_ + i, rounds_);
    return digests;
  }

  std::map<std::string, double> facts() const override {
    std::map<std::string, double> facts{{"rate", rate_}, {"rounds", static_cast<double>(rounds_)}};
    if (slowdown_ > 0) facts["slowdown"] = slowdown_;
    return facts;
  }

 private:
  std::size_t tasks_;
  double rate_;
  double slowdown_;  // percent
  std::uint64_t rounds_;
  std::uint64_t seed_;
};

const Workloads::Add spin_added{WorkloadEntry{
    .name = "spin",
    .help = "tasks of a calibrated duration of CPU: which grain pays",
    .standard = false,
    .parameters =
        {Parameter::count("tasks", "tasks in a batch", "tasks", 1'000, 0, 10'000'000).as(role::kTasks).briefly("250"),
         Parameter::duration("duration", "CPU time of a task", "10us", "0s", "1s").as(role::kDuration),
         Parameter::count("rate", "rounds of work in a microsecond; 0: calibrate now", "rounds/us", 0, 0, 1'000'000)
             .unnamed(),
         slowdown_parameter()},
    .build = [](const Values& values, std::uint64_t seed) -> std::unique_ptr<Workload> {
      const auto rate = static_cast<double>(values.number("rate"));
      const double microseconds = static_cast<double>(values.number("duration")) / 1e3;
      return make_workload<Spin>(values.number("tasks"), microseconds, rate > 0 ? rate : SpinChain::calibrate(),
                                 values.number("slowdown"), seed);
    }}};

}  // namespace
}  // namespace fanout
