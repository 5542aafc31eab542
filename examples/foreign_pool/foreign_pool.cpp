// A thread pool of somebody else's as an executor.
#include <fanout/executor.hpp>

#include "thread_pool.hpp"

class ForeignPool {
 public:
  explicit ForeignPool(const fanout::Options& options) : pool_(options.workers) {}

  void run(const fanout::Job& job) {
    std::vector<std::future<void>> done;
    done.reserve(job.tasks());
    for (std::size_t i = 0; i < job.tasks(); ++i) done.push_back(pool_.submit([&job, i] { job.run(i, i + 1); }));
    for (auto& one : done) one.get();
  }

 private:
  thread_pool pool_;
};

FANOUT_EXECUTOR(ForeignPool, .name = "foreign_pool", .help = "thread_pool, a submit() a task", .family = "foreign",
                .library = "thread_pool.hpp 1.0", .idle = "parks on a condition variable")
