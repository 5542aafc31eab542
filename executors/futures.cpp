#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/version.hpp>
#include <future>
#include <optional>

#include "executors/executor.hpp"
#include "executors/support/countdown.hpp"
#include "executors/support/first_error.hpp"

namespace fanout {
namespace {

/// A promise and a future for each task of asio_pool, and a callback when it is done: what they cost above the pool.
/// The worker that keeps the promise makes the call, as Python's Future.add_done_callback has it.
class Futures final : public Executor, private Intake {
 public:
  explicit Futures(const Options& options) : pool_(options.workers) {}

  void run(const Job& job) override {
    const std::size_t tasks = job.tasks;
    Countdown done(tasks);
    std::vector<std::future<void>> futures(tasks);
    for (std::size_t i = 0; i < tasks; ++i)
      futures[i] = promise([&job, i] { job.run(i, i + 1); }, [&done] { done.count_down(); });
    done.wait();
    rethrow_first(futures);
  }

  Intake* intake() override { return this; }

 private:
  void begin(const Job& job) override {
    job_ = &job;
    coming_.clear();
    left_.emplace(1);  // the word that no more will come
  }

  void submit(std::size_t task) override {
    left_->count_up();
    coming_.push_back(promise([this, task] { job_->run(task, task + 1); }, [this] { left_->count_down(); }));
  }

  void finish() override {
    left_->count_down();
    left_->wait();
    rethrow_first(coming_);
  }

  static void rethrow_first(std::vector<std::future<void>>& futures) {
    FirstError error;
    for (std::future<void>& future : futures) error.guard([&] { future.get(); });
    error.rethrow();
  }

  /// Has the pool call work(), keep the promise of its end or of what it threw, and then call done().
  template <class Work, class Done>
  std::future<void> promise(const Work& work, const Done& done) {
    std::promise<void> given;
    auto future = given.get_future();
    boost::asio::post(pool_, [work, done, given = std::move(given)]() mutable {
      try {
        work();
        given.set_value();
      } catch (...) {
        given.set_exception(std::current_exception());
      }
      done();
    });
    return future;
  }

  const Job* job_ = nullptr;       // whose tasks come
  std::optional<Countdown> left_;  // of them
  std::vector<std::future<void>> coming_;
  boost::asio::thread_pool pool_;
};

const Executors::Add added{
    ExecutorEntry{.name = "futures",
                  .help = "std::promise, std::future and a completion callback a task, on asio_pool",
                  .family = "asio",
                  .standard = false,
                  .library = "libstdc++ " + std::to_string(_GLIBCXX_RELEASE) + ", Boost.Asio " BOOST_LIB_VERSION,
                  .idle = "parks on a condition variable",
                  .submits = true,
                  .open = opener<Futures>()}};

}  // namespace
}  // namespace fanout
