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
/// after the other. A workload without a coroutine form is called from a lane, which then never suspends.
class Coroutines final : public Executor {
 public:
  explicit Coroutines(const Options& options)
      : options_(options), loop_(static_cast<int>(options.workers)), busy_(asio::make_work_guard(loop_)) {
    for (unsigned worker = 0; worker < options.workers; ++worker) threads_.emplace_back([this] { loop_.run(); });
  }

  ~Coroutines() override {
    busy_.reset();
    loop_.stop();
  }

  void run(const Job& job) override {
    const std::size_t tasks = job.workload->tasks();
    prepare_lanes(*job.workload, options_.in_flight == 0 ? tasks : std::min(options_.in_flight, tasks));
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
    std::unique_ptr<AsyncWorkload::Lane> work = {};  ///< null where the workload has no coroutine form
  };

  /// Lanes, and the connections that they may hold, last from batch to batch of one workload.
  void prepare_lanes(const Workload& workload, std::size_t count) {
    if (&workload != workload_) lanes_.clear();
    workload_ = &workload;
    while (lanes_.size() > count) lanes_.pop_back();
    while (lanes_.size() < count) {
      Lane& lane = lanes_.emplace_back();
      lane.executor = loop_.get_executor();
      if (options_.workers > 1) lane.executor = asio::make_strand(loop_);
      if (const AsyncWorkload* async = workload.async()) lane.work = async->lane();
    }
  }

  asio::awaitable<void> take_tasks(const Job& job, AsyncWorkload::Lane* lane) {
    const std::size_t tasks = job.workload->tasks();
    for (std::size_t task = 0; (task = next_.fetch_add(1)) < tasks;) {
      if (lane != nullptr)
        co_await lane->run(task, job.digests);
      else
        job.workload->run(task, task + 1, job.digests);
    }
  }

  Options options_;
  std::atomic<std::size_t> next_ = 0;
  FirstError error_;
  asio::io_context loop_;
  const Workload* workload_ = nullptr;
  std::vector<Lane> lanes_;
  asio::executor_work_guard<asio::io_context::executor_type> busy_;
  std::vector<std::jthread> threads_;
};

const Executors::Add added{
    ExecutorEntry{.name = "coroutines",
                  .help = "C++20 coroutines on an event loop: many tasks in flight on each worker (--in-flight)",
                  .kind = ExecutorEntry::Kind::loop,
                  .axis = ExecutorEntry::Axis::in_flight,
                  .library = "Boost.Asio " BOOST_LIB_VERSION,
                  .idle = "waits in epoll",
                  .open = opener<Coroutines>()}};

}  // namespace
}  // namespace fanout
