#include "executors/executor.hpp"

#ifndef FANOUT_MISSING
#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>
#include <oneapi/tbb/version.h>
#endif

namespace fanout {
namespace {

#ifdef FANOUT_MISSING

constexpr const char* kMissing = FANOUT_MISSING;
const std::string kLibrary;
class TbbAuto;
class TbbGrain1;
class TbbTasks;

#else

constexpr const char* kMissing = "";
const std::string kLibrary = "oneTBB " + std::to_string(TBB_VERSION_MAJOR) + "." + std::to_string(TBB_VERSION_MINOR);

using Range = tbb::blocked_range<std::size_t>;

/// An arena of exactly `workers`. It takes both: an arena alone gets no more threads than there are CPUs, the global
/// control alone lets other arenas have some.
class Arena {
 public:
  explicit Arena(const Options& options)
      : limit_(tbb::global_control::max_allowed_parallelism, options.workers),
        arena_(static_cast<int>(options.workers)) {
    arena_.initialize();
  }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// Waits for TBB's threads to end: the library keeps them otherwise, and the next executor would meet them.
  ~Arena() {
    arena_.terminate();
    tbb::finalize(handle_, std::nothrow);
  }

  template <class Body>
  void execute(const Body& body) {
    arena_.execute(body);
  }

 private:
  tbb::task_scheduler_handle handle_{tbb::attach{}};
  tbb::global_control limit_;
  tbb::task_arena arena_;
};

/// parallel_for under a partitioner: the default one chooses its ranges, the simple one at grain 1 splits down to
/// single tasks.
template <class Partitioner>
class TbbFor final : public Executor {
 public:
  explicit TbbFor(const Options& options) : arena_(options) {}

  void run(const Job& job) override {
    arena_.execute([&] {
      tbb::parallel_for(
          Range(0, job.workload->tasks(), 1),
          [&](const Range& range) { job.workload->run(range.begin(), range.end(), job.digests); }, Partitioner());
    });
  }

 private:
  Arena arena_;
};

/// A task_group with a task each.
class TbbTasks final : public Executor {
 public:
  explicit TbbTasks(const Options& options) : arena_(options) {}

  void run(const Job& job) override {
    arena_.execute([&] {
      tbb::task_group group;
      for (std::size_t i = 0; i < job.workload->tasks(); ++i)
        group.run([&job, i] { job.workload->run(i, i + 1, job.digests); });
      group.wait();
    });
  }

 private:
  Arena arena_;
};

using TbbAuto = TbbFor<tbb::auto_partitioner>;
using TbbGrain1 = TbbFor<tbb::simple_partitioner>;

#endif

ExecutorEntry entry(std::string name, std::string help, decltype(ExecutorEntry::open) open) {
  return {.name = std::move(name),
          .help = std::move(help),
          .library = kLibrary,
          .idle = "spins and yields briefly, then parks",
          .missing = kMissing,
          .open = open};
}

const Executors::Add added[] = {
    Executors::Add(entry("tbb", "oneTBB parallel_for, default partitioner", opener<TbbAuto>())),
    Executors::Add(entry("tbb_grain1", "oneTBB parallel_for, simple partitioner at grain 1", opener<TbbGrain1>())),
    Executors::Add(entry("tbb_tasks", "oneTBB task_group, a task each", opener<TbbTasks>())),
};

}  // namespace
}  // namespace fanout
