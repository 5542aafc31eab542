#include "benchmarks/open_loop/open_loop.hpp"

#include <algorithm>

#include "benchmarks/measure.hpp"
#include "benchmarks/observers/support/seconds.hpp"

namespace fanout {
namespace {

using nlohmann::ordered_json;

constexpr double kShortestDrain = 1;  // s

std::vector<std::int64_t> times_of(const Workload& workload, const Measuring& measuring) {
  if (workload.tasks() == 0) throw Error("it has no tasks that could arrive");
  require_fitting(*measuring.load, measuring.window(), workload.width());
  return arrival_times(*measuring.load, measuring.window(), measuring.seed);
}

}  // namespace

OpenLoop::OpenLoop(const Workload& workload, const Ledger& ledger, bool waits, const Options& options,
                   const Measuring& measuring)
    : workload_(workload),
      measuring_(measuring),
      workers_(options.workers),
      times_(times_of(workload, measuring)),
      arrivals_(std::make_unique<Arrivals>(workload, ledger, options.workers, times_.size())),
      generator_(*measuring.load, waits || options.workers < options.cpus) {}

ordered_json OpenLoop::run(Executor& executor) {
  const Load& load = *measuring_.load;
  const Job job = arrivals_->job();
  arrivals_->open();
  executor.intake()->begin(job);
  const Sent sent = generator_.run(executor, *arrivals_, times_);
  Generator::drain(executor, *arrivals_, sent.submitted,
                   static_cast<std::int64_t>(std::max(kShortestDrain, measuring_.window().count()) * 1e9));
  executor.intake()->finish();
  arrivals_->close();
  executor.require_workers();
  if (const auto wrong = arrivals_->broken(sent.submitted)) throw Error(*wrong);
  complete_batches(sent.submitted);
  const latency::Times times = arrivals_->times();
  const std::uint64_t done = sent.submitted - arrivals_->given_up();
  const double passed = seconds(times.last_end - sent.first_due);
  return {{"batches", 1},
          {"seconds", passed},
          {"loop", "open"},
          {"rate", load.rate},
          {"arrivals", load.arrivals == Load::Arrivals::poisson ? "poisson" : "constant"},
          {"seed", measuring_.seed},
          {"workers", workers_},
          {"offered", sent.offered},
          {"done", done},
          {"dropped", sent.dropped},
          {"given_up", arrivals_->given_up()},
          {"missed", arrivals_->missed()},
          {"queue",
           {{"capacity", load.capacity ? ordered_json(*load.capacity) : nullptr},
            {"policy", load.drop ? "drop" : "block"},
            {"blocked", sent.blocked},
            {"blocked_seconds", seconds(sent.blocked_ns)},
            {"most", sent.most}}},
          {"throughput", static_cast<double>(done) / passed},
          {"behind", seconds(times.last_end - sent.last_due)},
          {"lateness", sent.lateness.as_json()},
          {"queueing", times.queueing.as_json()},
          {"service", times.service.as_json()},
          {"latency", times.latency.as_json()}};
}

/// What tasks share may be whole after whole batches alone: the rest of the last one is run here.
void OpenLoop::complete_batches(std::size_t submitted) {
  auto runs = arrivals_->runs(submitted);
  const std::uint64_t most = workload_.state() == Workload::State::none ? 0 : *std::ranges::max_element(runs);
  std::vector<std::uint64_t> digest(workload_.width());
  for (std::size_t task = 0; task < runs.size(); ++task) {
    for (; runs[task] < most; ++runs[task]) workload_.run(task, task + 1, digest);
    done_ += runs[task];
  }
}

}  // namespace fanout
