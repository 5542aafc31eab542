#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "system/monotonic.hpp"
#include "workloads/async_workload.hpp"
#include "workloads/digest.hpp"
#include "workloads/workload.hpp"

namespace fanout {
namespace {

/// Tasks that only wait: what overlaps, and what waking up costs.
class Sleep final : public Workload, private AsyncWorkload {
 public:
  Sleep(std::size_t tasks, std::chrono::nanoseconds duration, std::uint64_t seed)
      : tasks_(tasks), duration_(duration), seed_(seed) {}

  std::size_t tasks() const override { return tasks_; }

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    for (std::size_t i = first; i < last; ++i) {
      sleep();
      deliver(out[i - first], mix(seed_ ^ i));
    }
  }

  std::vector<std::uint64_t> expected() const override {
    std::vector<std::uint64_t> digests(tasks_);
    for (std::size_t i = 0; i < tasks_; ++i) digests[i] = mix(seed_ ^ i);
    return digests;
  }

  const AsyncWorkload* async() const override { return this; }

  std::chrono::nanoseconds minimum_time(unsigned at_once) const override {
    return duration_ * ((tasks_ + at_once - 1) / at_once);
  }

 private:
  class TimerLane final : public Lane {
   public:
    explicit TimerLane(const Sleep& sleep) : sleep_(sleep) {}

    boost::asio::awaitable<void> run(std::size_t task, std::span<std::uint64_t> out) override {
      boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, sleep_.duration_);
      co_await timer.async_wait(boost::asio::use_awaitable);
      sleep_.deliver(out[0], mix(sleep_.seed_ ^ task));
    }

   private:
    const Sleep& sleep_;
  };

  std::unique_ptr<Lane> lane() const override { return std::make_unique<TimerLane>(*this); }

  /// Absolute, so that a signal handler's interruption does not stretch it.
  void sleep() const {
    for (const std::int64_t end = monotonic_time() + duration_.count(); !sleep_until(end);) {
    }
  }

  std::size_t tasks_;
  std::chrono::nanoseconds duration_;
  std::uint64_t seed_;
};

const Workloads::Add sleep_added{WorkloadEntry{
    .name = "sleep",
    .help = "tasks that only wait, as for a disk or a network",
    .waits = true,
    .parameters =
        {Parameter::count("tasks", "tasks in a batch", "tasks", 64, 0, 1'000'000).as(role::kTasks).briefly("16"),
         Parameter::duration("duration", "how long a task sleeps", "10ms", "0s", "60s")
             .as(role::kDuration)
             .briefly("1ms")},
    .build = [](const Values& values, std::uint64_t seed) -> std::unique_ptr<Workload> {
      return make_workload<Sleep>(values.number("tasks"), std::chrono::nanoseconds(values.number("duration")), seed);
    }}};

}  // namespace
}  // namespace fanout
