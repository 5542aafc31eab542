#include <future>

#include "executors/support/thread_each.hpp"

namespace fanout {
namespace {

/// The policy is launch::async: the default one may silently run the task in the caller.
struct AsyncStart {
  using Handle = std::future<void>;
  template <class Body>
  static Handle start(Body body) {
    return std::async(std::launch::async, std::move(body));
  }
};

const Executors::Add std_async_added{
    ExecutorEntry{.name = "std_async",
                  .help = "std::async(launch::async) a task, at most `workers` at once",
                  .family = "std",
                  .library = "libstdc++ " + std::to_string(_GLIBCXX_RELEASE),
                  .idle = "has none: a thread ends with its task",
                  .submits = true,
                  .open = opener<ThreadEach<AsyncStart>>()}};

}  // namespace
}  // namespace fanout
