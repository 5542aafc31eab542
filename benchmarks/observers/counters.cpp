#include <linux/perf_event.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <vector>

#include "benchmarks/observer.hpp"
#include "benchmarks/observers/support/seconds.hpp"
#include "system/monotonic.hpp"
#include "system/perf_counter.hpp"
#include "system/threads.hpp"

namespace fanout {
namespace {

using nlohmann::ordered_json;

struct Named {
  const char* name;
  PerfCounter::Event event;
};

constexpr std::array kHardware{
    Named{"cycles", {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES}},
    Named{"instructions", {PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS}},
    Named{"cache_misses", {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES}},
    Named{"branch_misses", {PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES}},
};
constexpr std::array kSoftware{
    Named{"context_switches", {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES, true}},
    Named{"cpu_migrations", {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS, true}},
    Named{"page_faults", {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS}},
};

/// One event, on every thread.
class Counter {
 public:
  explicit Counter(const Named& named) : named_(named) {}

  /// Threads that have ended meanwhile are no failure.
  void watch(pid_t thread) {
    PerfCounter counter(named_.event, thread);
    if (counter.error() == 0)
      counters_.push_back(std::move(counter));
    else if (counter.error() != ESRCH)
      error_ = counter.error();
  }
  void enable() const {
    for (const PerfCounter& counter : counters_) counter.enable();
  }
  void disable() const {
    for (const PerfCounter& counter : counters_) counter.disable();
  }

  [[nodiscard]] const char* name() const { return named_.name; }
  [[nodiscard]] int error() const { return error_; }
  /// Null where it is not known of all threads.
  [[nodiscard]] ordered_json count() const {
    if (error_ != 0 || counters_.empty()) return nullptr;
    double total = 0;
    for (const PerfCounter& counter : counters_) total += counter.count();
    return std::llround(total);
  }

 private:
  Named named_;
  std::vector<PerfCounter> counters_;
  int error_ = 0;
};

/// What of these is known; null where nothing is.
ordered_json counts(const std::vector<Counter>& counters) {
  ordered_json counts;
  bool any = false;
  for (const Counter& counter : counters) {
    counts[counter.name()] = counter.count();
    any = any || !counts[counter.name()].is_null();
  }
  return any ? counts : ordered_json();
}

/// What the CPU counts while workers run, outside of the kernel.
class Counters final : public Observer {
 public:
  const Workload& wrap(const Workload& workload, const Options& /*options*/) override {
    tasks_ = workload.tasks();
    return workload;
  }

  void begin(const Executor& executor) override {
    std::vector<pid_t> threads = executor.processes();
    for (const pid_t thread : own_threads()) threads.push_back(thread);
    for (auto* counters : {&hardware_, &software_}) {
      for (Counter& counter : *counters) {
        for (const pid_t thread : threads) counter.watch(thread);
      }
    }
  }

  void batch_begin() override {
    for (const auto* counters : {&hardware_, &software_}) {
      for (const Counter& counter : *counters) counter.enable();
    }
    begun_ = monotonic_time();
  }

  void batch_end() override {
    wall_ += monotonic_time() - begun_;
    for (const auto* counters : {&hardware_, &software_}) {
      for (const Counter& counter : *counters) counter.disable();
    }
  }

  [[nodiscard]] ordered_json evidence(std::uint64_t batches) const override {
    ordered_json evidence{{"batches", batches},
                          {"seconds", seconds(wall_)},
                          {"tasks", batches * tasks_},
                          {"counts", counts(hardware_)},
                          {"software", counts(software_)}};
    if (evidence["counts"].is_object() && evidence["counts"]["cycles"] == 0) {  // of some hypervisors
      evidence["counts"] = nullptr;
      evidence["reason"] = "cycles: the counter stays at 0";
    }
    for (const auto* counters : {&hardware_, &software_}) {
      for (const Counter& counter : *counters) {
        if (counter.error() == 0 || evidence.contains("reason")) continue;
        evidence["reason"] = std::string(counter.name()) + ": " + why_no_counter(counter.error());
      }
    }
    return evidence;
  }

 private:
  std::size_t tasks_ = 0;
  std::vector<Counter> hardware_{kHardware.begin(), kHardware.end()};
  std::vector<Counter> software_{kSoftware.begin(), kSoftware.end()};
  std::int64_t begun_ = 0;
  std::int64_t wall_ = 0;  ///< ns of all batches
};

const Observers::Add counters_added{
    ObserverEntry{.name = "counters",
                  .help = "cycles, instructions, cache and branch misses of the workers, where the machine counts them",
                  .make = [] { return std::make_unique<Counters>(); }}};

}  // namespace
}  // namespace fanout
