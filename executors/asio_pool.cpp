#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/version.hpp>

#include "executors/executor.hpp"
#include "executors/support/countdown.hpp"
#include "executors/support/first_error.hpp"

namespace fanout {
namespace {

/// Asio's own pool of threads: a posted closure a task.
class AsioPool final : public Executor {
 public:
  explicit AsioPool(const Options& options) : pool_(options.workers) {}

  void run(const Job& job) override {
    const std::size_t tasks = job.tasks;
    Countdown done(tasks);
    for (std::size_t i = 0; i < tasks; ++i) {
      boost::asio::post(pool_, [this, &job, &done, i] {
        error_.guard([&] { job.run(i, i + 1); });
        done.count_down();
      });
    }
    done.wait();
    error_.rethrow();
  }

 private:
  FirstError error_;
  boost::asio::thread_pool pool_;
};

const Executors::Add added{ExecutorEntry{.name = "asio_pool",
                                         .help = "boost::asio::thread_pool, a post a task",
                                         .family = "asio",
                                         .standard = false,
                                         .library = "Boost.Asio " BOOST_LIB_VERSION,
                                         .idle = "parks on a condition variable",
                                         .open = opener<AsioPool>()}};

}  // namespace
}  // namespace fanout
