#include <thread>

#include "executors/executor.hpp"
#include "executors/first_error.hpp"
#include "executors/slots.hpp"

namespace fanout {
namespace {

/// A new thread for every task, at most `workers` of them at once.
class StdThread final : public Executor {
 public:
  explicit StdThread(const Options& options) : workers_(options.workers) {}

  void run(const Job& job) override {
    Slots slots(workers_);
    FirstError error;
    {
      std::vector<std::jthread> threads(workers_);  // assigning to a place joins the thread that was there
      error.guard([&] {                             // the system may refuse a thread
        for (std::size_t i = 0; i < job.workload->tasks(); ++i) {
          const unsigned slot = slots.take();
          threads[slot] = std::jthread([&, i, slot] {
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

const Executors::Add added{ExecutorEntry{.name = "std_thread",
                                         .help = "a std::thread a task, at most `workers` at once",
                                         .library = "libstdc++ " + std::to_string(_GLIBCXX_RELEASE),
                                         .idle = "has none: a thread ends with its task",
                                         .open = opener<StdThread>()}};

}  // namespace
}  // namespace fanout
