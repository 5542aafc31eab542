#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/version.hpp>
#include <optional>

#include "executors/executor.hpp"
#include "executors/support/countdown.hpp"
#include "executors/support/first_error.hpp"

namespace fanout {
namespace {

/// Asio's own pool of threads: a posted closure a task.
class AsioPool final : public Executor, private Intake {
 public:
  explicit AsioPool(const Options& options) : pool_(options.workers) {}

  void run(const Job& job) override {
    const std::size_t tasks = job.tasks;
    Countdown done(tasks);
    for (std::size_t i = 0; i < tasks; ++i) post(job, done, i);
    done.wait();
    error_.rethrow();
  }

  Intake* intake() override { return this; }

 private:
  void begin(const Job& job) override {
    job_ = &job;
    left_.emplace(1);  // the word that no more will come
  }

  void submit(std::size_t task) override {
    left_->count_up();
    post(*job_, *left_, task);
  }

  void finish() override {
    left_->count_down();
    left_->wait();
    error_.rethrow();
  }

  void post(const Job& job, Countdown& done, std::size_t i) {
    boost::asio::post(pool_, [this, &job, &done, i] {
      error_.guard([&] { job.run(i, i + 1); });
      done.count_down();
    });
  }

  const Job* job_ = nullptr;       // whose tasks come
  std::optional<Countdown> left_;  // of them
  FirstError error_;
  boost::asio::thread_pool pool_;
};

const Executors::Add asio_pool_added{ExecutorEntry{.name = "asio_pool",
                                                   .help = "boost::asio::thread_pool, a post a task",
                                                   .family = "asio",
                                                   .standard = false,
                                                   .library = "Boost.Asio " BOOST_LIB_VERSION,
                                                   .idle = "parks on a condition variable",
                                                   .submits = true,
                                                   .open = opener<AsioPool>()}};

}  // namespace
}  // namespace fanout
