#pragma once

#include <omp.h>
#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

/// Loops as a programmer would write them by hand: each calls body(i) for every task on `workers` workers.
namespace fanout::loops {

using Range = tbb::blocked_range<std::size_t>;

/// A new thread starts as soon as any of those before it has ended.
struct StdThread {
  unsigned workers;

  template <class Body>
  void operator()(std::size_t tasks, const Body& body) {
    std::mutex mutex;
    std::condition_variable freed;
    std::vector<unsigned> free(workers);
    std::iota(free.begin(), free.end(), 0U);
    std::vector<std::jthread> running(workers);
    for (std::size_t i = 0; i < tasks; ++i) {
      unsigned place = 0;
      {
        std::unique_lock lock(mutex);
        freed.wait(lock, [&] { return !free.empty(); });
        place = free.back();
        free.pop_back();
      }
      running[place] = std::jthread([&, i, place] {
        body(i);
        const std::scoped_lock lock(mutex);
        free.push_back(place);
        freed.notify_one();
      });
    }
  }
};

template <class Partitioner>
struct TbbFor {
  unsigned workers;

  template <class Body>
  void operator()(std::size_t tasks, const Body& body) {
    arena.execute([&] {
      tbb::parallel_for(
          Range(0, tasks, 1),
          [&](const Range& range) {
            for (std::size_t i = range.begin(); i < range.end(); ++i) body(i);
          },
          Partitioner());
    });
  }
  tbb::global_control limit{tbb::global_control::max_allowed_parallelism, workers};
  tbb::task_arena arena{static_cast<int>(workers)};
};

struct TbbTasks {
  unsigned workers;

  template <class Body>
  void operator()(std::size_t tasks, const Body& body) {
    arena.execute([&] {
      tbb::task_group group;
      for (std::size_t i = 0; i < tasks; ++i) group.run([&body, i] { body(i); });
      group.wait();
    });
  }
  tbb::global_control limit{tbb::global_control::max_allowed_parallelism, workers};
  tbb::task_arena arena{static_cast<int>(workers)};
};

struct OpenmpStatic {
  unsigned workers;

  template <class Body>
  void operator()(std::size_t tasks, const Body& body) {
#pragma omp parallel for schedule(static) num_threads(workers)
    for (std::size_t i = 0; i < tasks; ++i) body(i);
  }
};

struct OpenmpDynamic {
  unsigned workers;

  template <class Body>
  void operator()(std::size_t tasks, const Body& body) {
#pragma omp parallel for schedule(dynamic, 1) num_threads(workers)
    for (std::size_t i = 0; i < tasks; ++i) body(i);
  }
};

struct OpenmpTasks {
  unsigned workers;

  template <class Body>
  void operator()(std::size_t tasks, const Body& body) {
#pragma omp parallel num_threads(workers)
#pragma omp single
    for (std::size_t i = 0; i < tasks; ++i) {
#pragma omp task firstprivate(i) shared(body)
      body(i);
    }
  }
};

}  // namespace fanout::loops
