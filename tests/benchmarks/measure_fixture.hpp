#pragma once

#include <atomic>
#include <functional>
#include <nlohmann/json.hpp>

#include "benchmarks/measure.hpp"
#include "tests/tiny.hpp"

namespace fanout::testing {

using ::testing::HasSubstr;

/// How the workload of the next cell behaves.
struct Behaviour {
  std::chrono::nanoseconds minimum{};
  std::uint64_t counted_per_task = 1;
  std::size_t throws_after = ~std::size_t{0};  ///< tasks
  bool lies_after_receipt = false;
  Workload::State state = Workload::State::none;
};
inline Behaviour behaviour;

class Actor final : public Workload {
 public:
  std::size_t tasks() const override { return 10; }
  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    for (std::size_t i = first; i < last; ++i) {
      const std::size_t count = done_++;
      if (count >= behaviour.throws_after) throw std::runtime_error("had enough");
      deliver(out[i - first], behaviour.lies_after_receipt && count >= tasks() ? i + 1 : i);
    }
  }
  std::vector<std::uint64_t> expected() const override { return {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}; }
  std::chrono::nanoseconds minimum_time(unsigned) const override { return behaviour.minimum; }
  State state() const override { return behaviour.state; }
  std::optional<std::uint64_t> completed() const override { return done_ * behaviour.counted_per_task; }

 private:
  mutable std::atomic<std::size_t> done_ = 0;
};

/// An executor that does so many batches in earnest, and then something else.
class Turncoat final : public Executor {
 public:
  explicit Turncoat(std::function<void()> turn) : turn_(std::move(turn)) {}
  void run(const Job& job) override {
    if (++batches_ > 5) return turn_();
    job.run(0, job.tasks);
  }

 private:
  std::function<void()> turn_;
  int batches_ = 0;
};

inline std::function<void()> turn;

/// Measures one cell of the actor; the JSON that comes of it.
class Measure : public ::testing::Test {
 protected:
  Measure() {
    behaviour = {};
    static char program[] = "fanout-tests";  // Google Benchmark keeps the pointer
    char repeated[] = "--benchmark_repetitions=3";
    char* arguments[] = {program, repeated, nullptr};
    int count = 2;
    benchmark::Initialize(&count, arguments);
  }

  nlohmann::json outcome(const ExecutorEntry& executor, unsigned workers = 1, bool cold = false) {
    const WorkloadEntry workload{
        .name = "actor",
        .help = "plays a part",
        .build = [](const Values&, std::uint64_t) -> std::unique_ptr<Workload> { return std::make_unique<Actor>(); }};
    return outcome(workload, executor, workers, cold);
  }

  nlohmann::json outcome(const WorkloadEntry& workload, const ExecutorEntry& executor, unsigned workers,
                         bool cold = false) {
    const Cell cell{&workload, Values(workload.name, {}, {}), &executor, executor.options(1, 1).values, workers, cold};
    Report report(nullptr, 10);
    measure(cell, measuring, report);
    return nlohmann::json::parse(
        report.finish(nlohmann::ordered_json::object(), nlohmann::ordered_json::array({cell.as_json()})));
  }

  Measuring measuring{.warmup = std::chrono::duration<double>(0), .min_time = std::chrono::milliseconds(10)};

  nlohmann::json outcome(const std::string& executor = "serial", unsigned workers = 1) {
    return outcome(testing::executor(executor), workers);
  }

  nlohmann::json outcome_of_turning(std::function<void()> into) {
    turn = std::move(into);
    return outcome(ExecutorEntry{
        .name = "turncoat", .help = "", .open = [](const Origin&, const Options&) -> std::unique_ptr<Executor> {
          return std::make_unique<Turncoat>(turn);
        }});
  }

  static void expect_failure(const nlohmann::json& json, const std::string& kind, const std::string& reason) {
    EXPECT_TRUE(json["benchmarks"].empty());
    ASSERT_EQ(json["failures"].size(), 1U);
    EXPECT_EQ(json["failures"][0]["kind"], kind);
    EXPECT_EQ(json["failures"][0]["name"].get<std::string>().substr(0, 6), "actor/");
    EXPECT_THAT(json["failures"][0]["reason"].get<std::string>(), HasSubstr(reason));
  }
};

}  // namespace fanout::testing
