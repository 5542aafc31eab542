#include "executors/executor.hpp"

#ifndef FANOUT_MISSING
#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_group.h>

#include <optional>

#include "executors/support/arena.hpp"
#include "executors/support/countdown.hpp"
#include "executors/support/first_error.hpp"
#include "workloads/fork_join.hpp"
#endif

namespace fanout {
namespace {

#ifdef FANOUT_MISSING

constexpr const char* kTbbMissing = FANOUT_MISSING;
const std::string kTbbLibrary;
class TbbAuto;
class TbbGrain1;
class TbbTasks;

#else

constexpr const char* kTbbMissing = "";
const std::string kTbbLibrary = Arena::library();

using Range = tbb::blocked_range<std::size_t>;

/// parallel_for under a partitioner: the default one chooses its ranges, the simple one at grain 1 splits down to
/// single tasks.
template <class Partitioner>
class TbbFor final : public Executor {
 public:
  explicit TbbFor(const Options& options) : arena_(options) {}

  void run(const Job& job) override {
    arena_.execute([&] {
      tbb::parallel_for(
          Range(0, job.tasks, 1), [&job](const Range& range) { job.run(range.begin(), range.end()); }, Partitioner());
    });
  }

 private:
  Arena arena_;
};

/// A task_group for the branches of a fork. Each but the first is a task; where that one throws, the others are no
/// longer begun.
class TbbFork final : public Fork {
 public:
  void all(Branches branches) override {
    if (branches.size() == 0) return;
    tbb::task_group group;
    for (std::size_t i = 1; i < branches.size(); ++i)
      group.run([this, &branch = branches[i]] { branch.call(branch, *this); });
    try {
      branches[0].call(branches[0], *this);
    } catch (...) {
      group.cancel();
      group.wait();
      throw;
    }
    group.wait();
  }
};

/// A task_group with a task each.
class TbbTasks final : public Executor, private Intake {
 public:
  explicit TbbTasks(const Options& options) : options_(options) { arena_.emplace(options); }

  void run(const Job& job) override {
    arena_->execute([&] {
      tbb::task_group group;
      for (std::size_t i = 0; i < job.tasks; ++i) {
        if (job.forks)
          group.run([this, &job, i] { run_forking(job, i); });
        else
          group.run([&job, i] { job.run(i, i + 1); });
      }
      group.wait();
    });
  }

  Intake* intake() override { return this; }

 private:
  /// The caller brings tasks and runs none: other threads are needed, and so another arena.
  void begin(const Job& job) override {
    arena_.emplace(options_, Arena::Caller::enqueues);
    job_ = &job;
    left_.emplace(1);  // the word that no more will come
  }

  void submit(std::size_t task) override {
    left_->count_up();
    arena_->enqueue([this, task] {
      error_.guard([&] { job_->run(task, task + 1); });
      left_->count_down();
    });
  }

  void finish() override {
    left_->count_down();
    left_->wait();
    arena_.emplace(options_);
    error_.rethrow();
  }

  void run_forking(const Job& job, std::size_t task) {
    const Fork::Scope scope(fork_);
    job.run(task, task + 1);
  }

  Options options_;
  const Job* job_ = nullptr;       // whose tasks come
  std::optional<Countdown> left_;  // of them
  FirstError error_;
  std::optional<Arena> arena_;
  TbbFork fork_;
};

using TbbAuto = TbbFor<tbb::auto_partitioner>;
using TbbGrain1 = TbbFor<tbb::simple_partitioner>;

#endif

const ExecutorEntry tbb_common{
    .family = "tbb", .library = kTbbLibrary, .idle = "spins and yields briefly, then parks", .missing = kTbbMissing};

const Executors::Add tbb_added[] = {
    Executors::Add(tbb_common.variant("tbb", "oneTBB parallel_for, default partitioner", opener<TbbAuto>())),
    Executors::Add(
        tbb_common.variant("tbb_grain1", "oneTBB parallel_for, simple partitioner at grain 1", opener<TbbGrain1>())
            .extra()),
    Executors::Add(tbb_common.variant("tbb_tasks", "oneTBB task_group, a task each", opener<TbbTasks>())
                       .extra()
                       .forking()
                       .submitting()),
};

}  // namespace
}  // namespace fanout
