#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/version.hpp>
#include <future>
#include <optional>

#include "executors/executor.hpp"
#include "executors/support/countdown.hpp"
#include "executors/support/first_error.hpp"
#include "workloads/fork_join.hpp"

namespace fanout {
namespace {

/// A promise and a future for each branch of a fork but the first, on a pool. Who waits for one that nobody has begun
/// claims and runs it: so a wait is always for a branch that is running, also with one worker.
class FuturesFork final : public Fork {
 public:
  FuturesFork(boost::asio::thread_pool& pool, unsigned workers, FirstError& error)
      : pool_(pool), enough_(64 * workers), error_(error) {}

  void all(Branches branches) override {
    std::vector<Spawned> spawned;
    for (std::size_t i = 1; i < branches.size(); ++i) {
      if (posted_ < enough_)
        spawned.push_back(spawn(branches[i]));
      else
        call(branches[i]);
    }
    if (branches.size() > 0) call(branches[0]);
    for (; !spawned.empty(); spawned.pop_back()) {
      if (spawned.back().claim->take())
        call(*spawned.back().branch);
      else
        spawned.back().done.wait();
    }
  }

  /// Waits until the pool has dropped what their waiters have run.
  void drain() {
    for (unsigned posted = 0; (posted = posted_) > 0;) posted_.wait(posted);
  }

 private:
  struct Claim {
    bool take() { return !taken.exchange(true); }
    std::atomic<bool> taken = false;
    std::promise<void> done = {};
  };
  struct Spawned {
    Branch* branch;
    std::shared_ptr<Claim> claim;
    std::future<void> done;
  };

  /// Where the claim is taken the branch may be gone.
  Spawned spawn(Branch& branch) {
    auto claim = std::make_shared<Claim>();
    ++posted_;
    boost::asio::post(pool_, [this, claim, &branch] {
      if (claim->take()) {
        call(branch);
        claim->done.set_value();
      }
      if (--posted_ == 0) posted_.notify_all();
    });
    return {&branch, claim, claim->done.get_future()};
  }

  void call(Branch& branch) {
    error_.guard([&] { branch.call(branch, *this); });
  }

  boost::asio::thread_pool& pool_;
  const unsigned enough_;  ///< branches in the pool's queue: others are called directly, as libgomp has it
  FirstError& error_;
  std::atomic<unsigned> posted_ = 0;
};

/// A promise and a future for each task of asio_pool, and a callback when it is done: what they cost above the pool.
/// The worker that keeps the promise makes the call, as Python's Future.add_done_callback has it.
class Futures final : public Executor, private Intake {
 public:
  explicit Futures(const Options& options) : pool_(options.workers), fork_(pool_, options.workers, error_) {}

  void run(const Job& job) override {
    const std::size_t tasks = job.tasks;
    Countdown done(tasks);
    std::vector<std::future<void>> futures(tasks);
    const auto count = [&done] { done.count_down(); };
    for (std::size_t i = 0; i < tasks; ++i) {
      if (job.forks)
        futures[i] = promise([this, &job, i] { run_forking(job, i); }, count);
      else
        futures[i] = promise([&job, i] { job.run(i, i + 1); }, count);
    }
    done.wait();
    fork_.drain();
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

  void run_forking(const Job& job, std::size_t task) {
    const Fork::Scope scope(fork_);
    job.run(task, task + 1);
  }

  void rethrow_first(std::vector<std::future<void>>& futures) {
    for (std::future<void>& future : futures) error_.guard([&] { future.get(); });
    error_.rethrow();
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
  FirstError error_;
  boost::asio::thread_pool pool_;
  FuturesFork fork_;  // outlives no closure: a batch waits for all of them
};

const Executors::Add futures_added{
    ExecutorEntry{.name = "futures",
                  .help = "std::promise, std::future and a completion callback a task, on asio_pool",
                  .forks = true,
                  .family = "asio",
                  .standard = false,
                  .library = "libstdc++ " + std::to_string(_GLIBCXX_RELEASE) + ", Boost.Asio " BOOST_LIB_VERSION,
                  .idle = "parks on a condition variable",
                  .submits = true,
                  .open = opener<Futures>()}};

}  // namespace
}  // namespace fanout
