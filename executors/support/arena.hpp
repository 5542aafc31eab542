#pragma once

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/version.h>

#include <string>

#include "executors/executor.hpp"

namespace fanout {

/// A oneTBB arena of exactly `workers`. It takes both: an arena alone gets no more threads than there are CPUs, the
/// global control alone lets other arenas have some.
class Arena {
 public:
  /// Whether the thread that calls execute() is one of the workers. Where it only enqueues, all are TBB's own.
  enum class Caller { works, enqueues };

  explicit Arena(const Options& options, Caller caller = Caller::works)
      : limit_(tbb::global_control::max_allowed_parallelism, options.workers + (caller == Caller::works ? 0 : 1)),
        arena_(static_cast<int>(options.workers), caller == Caller::works ? 1 : 0) {
    arena_.initialize();
  }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// Waits for TBB's threads to end: the library keeps them otherwise, and the next executor would meet them.
  ~Arena() {
    arena_.terminate();
    tbb::finalize(handle_, std::nothrow);
  }

  static std::string library() {
    return "oneTBB " + std::to_string(TBB_VERSION_MAJOR) + "." + std::to_string(TBB_VERSION_MINOR);
  }

  template <class Body>
  void execute(const Body& body) {
    arena_.execute(body);
  }

  template <class Body>
  void enqueue(const Body& body) {
    arena_.enqueue(body);
  }

 private:
  tbb::task_scheduler_handle handle_{tbb::attach{}};
  tbb::global_control limit_;
  tbb::task_arena arena_;
};

}  // namespace fanout
