#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/version.hpp>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>

#include "executors/executor.hpp"
#include "executors/support/countdown.hpp"
#include "executors/support/first_error.hpp"
#include "workloads/async_workload.hpp"

namespace fanout {
namespace {

namespace asio = boost::asio;

/// An event loop on `workers` threads, and as many lanes on it as tasks may be in flight: coroutines that take one task
/// after the other. Tasks that are not written as coroutines are called from a lane, which then never suspends.
class Coroutines final : public Executor, private Intake {
 public:
  explicit Coroutines(const Options& options)
      : workers_(options.workers),
        in_flight_(static_cast<std::size_t>(options.values.number("in_flight"))),
        loop_(static_cast<int>(options.workers)),
        busy_(asio::make_work_guard(loop_)) {
    for (unsigned worker = 0; worker < options.workers; ++worker) threads_.emplace_back([this] { loop_.run(); });
  }

  ~Coroutines() override {
    busy_.reset();
    loop_.stop();
  }

  void run(const Job& job) override {
    prepare_lanes(job, in_flight_ == 0 ? job.tasks : std::min(in_flight_, job.tasks));
    next_ = 0;
    Countdown done(lanes_.size());
    for (Lane& lane : lanes_)
      asio::co_spawn(lane.executor, take_tasks(job, lane.work.get()), [this, &done](std::exception_ptr error) {
        error_.guard([&] {
          if (error) std::rethrow_exception(error);
        });
        done.count_down();
      });
    done.wait();
    error_.rethrow();
  }

  Intake* intake() override { return this; }

 private:
  void begin(const Job& job) override {
    prepare_lanes(job, lanes_.size());
    job_ = &job;
    come_ = next_ = 0;
    idle_.resize(lanes_.size());
    std::iota(idle_.begin(), idle_.end(), std::size_t{0});
    left_.emplace(1);  // the word that no more will come
  }

  /// In a lane that idles, or a new one; where as many tasks as may be are in flight, one of them takes it up.
  void submit(std::size_t task) override {
    left_->count_up();
    std::unique_lock lock(mutex_);
    come_ = task + 1;
    if (idle_.empty() && (in_flight_ == 0 || lanes_.size() < in_flight_)) {
      idle_.push_back(lanes_.size());
      prepare_lanes(*job_, lanes_.size() + 1);
    }
    if (idle_.empty()) return;
    const std::size_t lane = idle_.back();
    idle_.pop_back();
    const asio::any_io_executor executor = lanes_[lane].executor;
    auto tasks = take_coming(lane, lanes_[lane].work.get(), next_++);
    lock.unlock();
    asio::co_spawn(executor, std::move(tasks), asio::detached);
  }

  void finish() override {
    left_->count_down();
    left_->wait();
    error_.rethrow();
  }

  /// This task, and then, in the same lane, those that have come and have none.
  asio::awaitable<void> take_coming(std::size_t lane, AsyncWorkload::Lane* work, std::size_t first) {
    for (std::optional task = first; task;) {
      std::exception_ptr error;
      try {
        if (work != nullptr)
          co_await work->run(*task, job_->digest(*task));
        else
          job_->run(*task, *task + 1);
      } catch (...) {
        error = std::current_exception();
      }
      error_.guard([&] {
        if (error) std::rethrow_exception(error);
      });
      task = next_for(lane);
      left_->count_down();
    }
  }

  /// What is left for a lane that has nothing to do any more; it idles where that is nothing.
  std::optional<std::size_t> next_for(std::size_t lane) {
    const std::scoped_lock lock(mutex_);
    if (next_ < come_) return next_++;
    idle_.push_back(lane);
    return {};
  }

  struct Lane {
    asio::any_io_executor executor;
    std::unique_ptr<AsyncWorkload::Lane> work = {};  ///< null where the tasks are not written as coroutines
  };

  /// Lanes, and the connections that they may hold, last from batch to batch of the same work.
  void prepare_lanes(const Job& job, std::size_t count) {
    if (job.context != context_) lanes_.clear();
    context_ = job.context;
    while (lanes_.size() > count) lanes_.pop_back();
    while (lanes_.size() < count) {
      Lane& lane = lanes_.emplace_back();
      lane.executor = loop_.get_executor();
      if (workers_ > 1) lane.executor = asio::make_strand(loop_);
      if (job.async != nullptr) lane.work = job.async->lane();
    }
  }

  asio::awaitable<void> take_tasks(const Job& job, AsyncWorkload::Lane* lane) {
    const std::size_t tasks = job.tasks;
    for (std::size_t task = 0; (task = next_.fetch_add(1)) < tasks;) {
      if (lane != nullptr)
        co_await lane->run(task, job.digest(task));
      else
        job.run(task, task + 1);
    }
  }

  unsigned workers_;
  std::size_t in_flight_;
  std::atomic<std::size_t> next_ = 0;
  FirstError error_;
  const Job* job_ = nullptr;       // whose tasks come
  std::optional<Countdown> left_;  // of them
  std::mutex mutex_;               // of the lanes that are written to below, while tasks come
  std::size_t come_ = 0;
  std::vector<std::size_t> idle_;  // lanes
  asio::io_context loop_;
  const void* context_ = nullptr;  // of the work that the lanes are for
  std::vector<Lane> lanes_;
  asio::executor_work_guard<asio::io_context::executor_type> busy_;
  std::vector<std::jthread> threads_;
};

const Executors::Add coroutines_added{ExecutorEntry{
    .name = "coroutines",
    .help = "C++20 coroutines on an event loop: many tasks in flight on each worker",
    .kind = ExecutorEntry::Kind::loop,
    .family = "asio",
    .library = "Boost.Asio " BOOST_LIB_VERSION,
    .idle = "waits in epoll",
    .submits = true,
    .parameters = {Parameter::count("in_flight", "tasks begun and not ended, at most", "tasks", 0, 1, 1'000'000)
                       .by_default("all")
                       .as(role::kInFlight)},
    .open = opener<Coroutines>()}};

}  // namespace
}  // namespace fanout
