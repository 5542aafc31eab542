#include "workloads/slowed.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "system/cpu_time.hpp"

namespace fanout {
namespace {

using std::chrono::nanoseconds;

/// What a thread has yet to burn. Two readings cost half a microsecond, a tenth of a short task: so after a short one
/// some go by unread, for which the next that is read stands; and readings count as burnt.
struct Debt {
  double owed = 0;  ///< ns; below 0 where more has been burnt than asked
  unsigned unread = 0;
  unsigned to_skip = 0;
};

constinit thread_local Debt debt;

class Slowed final : public Decorator {
 public:
  Slowed(std::unique_ptr<Workload> workload, std::int64_t percent)
      : Decorator(*workload),
        workload_(std::move(workload)),
        percent_(static_cast<double>(percent)),
        reading_(cost_of_thread_cpu_time()) {}

  void weigh(const std::atomic<std::uint64_t>* weight) override { workload_->weigh(weight); }

  std::map<std::string, double> facts() const override {
    auto facts = inner().facts();
    facts["slowdown"] = percent_;
    return facts;
  }

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    if (debt.unread < debt.to_skip) {
      ++debt.unread;
      return run_inner(first, last, out);
    }
    const nanoseconds start = thread_cpu_time();
    run_inner(first, last, out);
    const nanoseconds end = thread_cpu_time();
    const nanoseconds took = std::max(end - start - reading_, nanoseconds(1));
    debt.owed += static_cast<double>(took.count()) * (1 + debt.unread) * percent_ / 100;
    debt.owed -= 2.0 * static_cast<double>(reading_.count());
    debt.unread = 0;
    debt.to_skip = static_cast<unsigned>(std::min<std::int64_t>(kApart / took, kMostSkipped));
    pay(end);
  }

 private:
  static constexpr nanoseconds kApart{100'000};  // between readings
  static constexpr unsigned kMostSkipped = 1000;

  static void pay(nanoseconds since) {
    if (debt.owed <= 0) return;
    nanoseconds now = since;
    while (static_cast<double>((now - since).count()) < debt.owed) now = thread_cpu_time();
    debt.owed -= static_cast<double>((now - since).count());
  }

  std::unique_ptr<Workload> workload_;
  double percent_;
  nanoseconds reading_;
};

}  // namespace

Parameter slowdown_parameter() {
  return Parameter::count("slowdown", "CPU time of a task beyond what it needs", "percent", 0, 0, 1000).hidden();
}

std::unique_ptr<Workload> slowed(std::unique_ptr<Workload> workload, std::int64_t percent) {
  if (percent == 0) return workload;
  if (workload->async() != nullptr) throw std::logic_error("tasks written as coroutines cannot be slowed");
  return make_workload<Slowed>(std::move(workload), percent);
}

}  // namespace fanout
