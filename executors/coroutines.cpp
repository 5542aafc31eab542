#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/version.hpp>
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
class Coroutines final : public Executor {
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

 private:
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
  asio::io_context loop_;
  const void* context_ = nullptr;  // of the work that the lanes are for
  std::vector<Lane> lanes_;
  asio::executor_work_guard<asio::io_context::executor_type> busy_;
  std::vector<std::jthread> threads_;
};

const Executors::Add added{ExecutorEntry{
    .name = "coroutines",
    .help = "C++20 coroutines on an event loop: many tasks in flight on each worker",
    .kind = ExecutorEntry::Kind::loop,
    .family = "asio",
    .library = "Boost.Asio " BOOST_LIB_VERSION,
    .idle = "waits in epoll",
    .parameters = {Parameter::count("in_flight", "tasks begun and not ended, at most", "tasks", 0, 1, 1'000'000)
                       .by_default("all")
                       .as(role::kInFlight)},
    .open = opener<Coroutines>()}};

}  // namespace
}  // namespace fanout
