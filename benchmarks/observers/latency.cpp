#include "benchmarks/observer.hpp"
#include "benchmarks/observers/latency/recording.hpp"
#include "benchmarks/observers/support/seconds.hpp"
#include "system/monotonic.hpp"

namespace fanout {
namespace {

using nlohmann::ordered_json;

/// Of batches, the closed loop: all tasks are due when theirs begins. Tasks that arrive by themselves are
/// benchmarks/open_loop's.
class Latency final : public Observer {
 public:
  const Workload& wrap(const Workload& workload, const Options& options) override {
    recording_ = std::make_unique<latency::Recording>(workload, options.workers);
    workers_ = options.workers;
    return *recording_;
  }

  void begin(const Executor& /*executor*/) override { start_ = monotonic_time(); }
  void end(const Executor& /*executor*/) override { end_ = monotonic_time(); }
  void batch_begin() override { recording_->open(); }
  void batch_end() override { recording_->close(); }

  [[nodiscard]] ordered_json evidence(std::uint64_t batches) const override {
    const latency::Times times = recording_->times();
    const std::uint64_t done = batches * recording_->tasks();
    const double passed = seconds(end_ - start_);
    return {{"batches", batches},
            {"seconds", passed},
            {"loop", "closed"},
            {"rate", nullptr},
            {"arrivals", nullptr},
            {"seed", nullptr},
            {"workers", workers_},
            {"offered", done},
            {"done", done},
            {"dropped", 0},
            {"given_up", 0},
            {"missed", recording_->missed()},
            {"queue",
             {{"capacity", nullptr}, {"policy", "block"}, {"blocked", 0}, {"blocked_seconds", 0.0}, {"most", nullptr}}},
            {"throughput", static_cast<double>(done) / passed},
            {"behind", 0.0},
            {"lateness", nullptr},
            {"queueing", times.queueing.as_json()},
            {"service", times.service.as_json()},
            {"latency", times.latency.as_json()}};
  }

 private:
  std::unique_ptr<latency::Recording> recording_;
  unsigned workers_ = 1;
  std::int64_t start_ = 0;
  std::int64_t end_ = 0;
};

const Observers::Add latency_added{
    ObserverEntry{.name = "latency",
                  .help = "how long tasks wait, and take, from when they should have begun; with --rate=, of tasks "
                          "that arrive by themselves",
                  .make = [] { return std::make_unique<Latency>(); }}};

}  // namespace
}  // namespace fanout
