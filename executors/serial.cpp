#include "executors/executor.hpp"

namespace fanout {
namespace {

/// The specification: every task once, in order, in the calling thread.
class Serial final : public Executor {
 public:
  explicit Serial(const Options& /*options*/) {}

  void run(const Job& job) override { job.run(0, job.tasks); }
};

const Executors::Add serial_added{ExecutorEntry{.name = "serial",
                                                .help = "a plain loop: the specification and the baseline",
                                                .kind = ExecutorEntry::Kind::serial,
                                                .forks = true,
                                                .family = "serial",
                                                .library = "none",
                                                .idle = "has no workers",
                                                .open = opener<Serial>()}};

}  // namespace
}  // namespace fanout
