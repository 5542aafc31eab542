#include "executors/executor.hpp"
#include "executors/support/child.hpp"
#include "executors/support/shared_error.hpp"
#include "system/shared_memory.hpp"

namespace fanout {
namespace {

/// A new process for every task, at most `workers` of them at once. The caller only watches.
class ForkEach final : public Executor {
 public:
  explicit ForkEach(const Options& options) : workers_(options.workers) {}

  void run(const Job& job) override {
    error_->forget();              // of a batch that ended in a death
    std::vector<Running> running;  // destroyed, and so killed and reaped, whatever is thrown below
    const std::size_t tasks = job.tasks;
    for (std::size_t next = 0; next < tasks || !running.empty();) {
      if (next < tasks && running.size() < workers_) {
        running.push_back({next, Child([&] { error_->guard([&] { job.run(next, next + 1); }); })});
        ++next;
      } else {
        reap_the_dead(running);
      }
    }
    error_->rethrow();
  }

 private:
  struct Running {
    std::size_t task;
    Child child;
  };

  /// Waits until somebody has ended. Throws if it was not by leaving in peace.
  static void reap_the_dead(std::vector<Running>& running) {
    std::vector<pollfd> deaths;
    for (const Running& one : running) deaths.push_back(one.child.death());
    if (poll(deaths.data(), deaths.size(), -1) < 0) {
      if (errno == EINTR) return;
      throw std::system_error(errno, std::generic_category(), "fork_each: poll");
    }
    std::vector<Running> living;
    for (std::size_t i = 0; i < running.size(); ++i) {
      if (deaths[i].revents == 0) {
        living.push_back(std::move(running[i]));
      } else if (const auto death = running[i].child.reap()) {
        throw worker_death("fork_each", death, running[i].task, running[i].task + 1);
      }
    }
    running.swap(living);
  }

  unsigned workers_;
  Shared<SharedError> error_;
};

const Executors::Add fork_each_added{ExecutorEntry{.name = "fork_each",
                                                   .help = "a forked process a task, at most `workers` at once",
                                                   .kind = ExecutorEntry::Kind::processes,
                                                   .memory = ExecutorEntry::Memory::forked,
                                                   .family = "fork",
                                                   .library = "fork(2)",
                                                   .idle = "has none: a process ends with its task",
                                                   .open = opener<ForkEach>()}};

}  // namespace
}  // namespace fanout
