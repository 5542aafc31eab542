#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace fanout {

/// The coroutine form of work that waits: what an event loop runs many of on one thread.
class AsyncWorkload {
 public:
  /// Tasks one after the other, with what they keep between them, such as a connection: what a thread has in its
  /// thread_local variables. Outlived by the workload and by the event loop.
  class Lane {
   public:
    Lane() = default;
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;
    virtual ~Lane() = default;

    /// Runs one task, whose digest `out` is, as Work::run() does. Suspends rather than blocks. Runs under one and the
    /// same executor for all of the lane's life, which resumes it on one thread at a time but perhaps on several in
    /// turn. A task that cannot do its work throws.
    [[nodiscard]] virtual boost::asio::awaitable<void> run(std::size_t task, std::span<std::uint64_t> out) = 0;
  };

  AsyncWorkload() = default;
  AsyncWorkload(const AsyncWorkload&) = delete;
  AsyncWorkload& operator=(const AsyncWorkload&) = delete;
  virtual ~AsyncWorkload() = default;

  [[nodiscard]] virtual std::unique_ptr<Lane> lane() const = 0;
};

}  // namespace fanout
