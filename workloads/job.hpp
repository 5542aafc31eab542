#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/failure.hpp"

namespace fanout {

class AsyncWorkload;

/// What an executor is given: tasks, the function that runs a range of them, and where their digests are.
/// Executors whose workers are forked need all of it to have existed, at these addresses, when they were opened, and
/// the digests to lie in shared memory. On a cache line of its own: workers read it at every task, and what its creator
/// writes beside it would cost each of them (3 % of a batch of empty tbb_tasks).
struct alignas(64) Job {
  /// Runs tasks [first, last); `out` has the digests of that range alone. As C has it (include/fanout/plugin.h), so
  /// that a plug-in's tasks, and a plug-in that runs tasks, cost what they cost inside: it throws nothing, but returns
  /// 0 or keep_failure().
  using Call = int (*)(const void* context, std::size_t first, std::size_t last, std::uint64_t* out);

  Call call = nullptr;
  const void* context = nullptr;
  std::size_t tasks = 0;                 ///< in a batch; may be 0
  std::size_t width = 1;                 ///< 64-bit words in a digest
  std::span<std::uint64_t> digests{};    ///< tasks * width words: a task adds to its first one, and stores the others
  const AsyncWorkload* async = nullptr;  ///< the tasks as coroutines; null where they are not written so
  bool forks = false;                    ///< the tasks spawn branches by Fork::here() (workloads/fork_join.hpp)

  /// Runs tasks [first, last). A task that cannot do its work throws.
  void run(std::size_t first, std::size_t last) const { run(first, last, digests.data() + first * width); }

  /// The same, with their digests elsewhere.
  void run(std::size_t first, std::size_t last, std::uint64_t* out) const {
    if (const int status = call(context, first, last, out); status != 0) [[unlikely]]
      throw_kept_failure(status);
  }

  /// The digest of one task.
  [[nodiscard]] std::span<std::uint64_t> digest(std::size_t task) const { return digests.subspan(task * width, width); }
};

}  // namespace fanout
