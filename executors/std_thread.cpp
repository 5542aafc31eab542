#include <thread>

#include "executors/support/thread_each.hpp"

namespace fanout {
namespace {

struct ThreadStart {
  using Handle = std::jthread;
  template <class Body>
  static Handle start(Body body) {
    return std::jthread(std::move(body));
  }
};

const Executors::Add std_thread_added{ExecutorEntry{.name = "std_thread",
                                                    .help = "a std::thread a task, at most `workers` at once",
                                                    .family = "std",
                                                    .library = "libstdc++ " + std::to_string(_GLIBCXX_RELEASE),
                                                    .idle = "has none: a thread ends with its task",
                                                    .submits = true,
                                                    .open = opener<ThreadEach<ThreadStart>>()}};

}  // namespace
}  // namespace fanout
