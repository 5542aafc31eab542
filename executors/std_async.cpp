#include <future>

#include "executors/executor.hpp"
#include "executors/first_error.hpp"
#include "executors/slots.hpp"

namespace fanout {
namespace {

/// std::async for every task, at most `workers` at once. The policy is launch::async: the default one may silently run
/// the task in the caller.
class StdAsync final : public Executor {
 public:
  explicit StdAsync(const Options& options) : workers_(options.workers) {}

  void run(const Job& job) override {
    Slots slots(workers_);
    FirstError error;
    {
      std::vector<std::future<void>> futures(workers_);  // a future of std::async waits where it is destroyed
      error.guard([&] {                                  // the system may refuse a thread
        for (std::size_t i = 0; i < job.workload->tasks(); ++i) {
          const unsigned slot = slots.take();
          futures[slot] = std::async(std::launch::async, [&, i, slot] {
            error.guard([&] { job.workload->run(i, i + 1, job.digests); });
            slots.give_back(slot);
          });
        }
      });
    }
    error.rethrow();
  }

 private:
  unsigned workers_;
};

const Executors::Add added{ExecutorEntry{.name = "std_async",
                                         .help = "std::async(launch::async) a task, at most `workers` at once",
                                         .library = "libstdc++ " + std::to_string(_GLIBCXX_RELEASE),
                                         .idle = "has none: a thread ends with its task",
                                         .open = opener<StdAsync>()}};

}  // namespace
}  // namespace fanout
