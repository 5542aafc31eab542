#include <thread>

#include "executors/executor.hpp"
#include "executors/support/first_error.hpp"
#include "executors/support/guided.hpp"
#include "executors/support/patience.hpp"
#include "executors/support/share.hpp"
#include "executors/support/stream.hpp"
#include "executors/support/team.hpp"
#include "system/futex.hpp"

namespace fanout {
namespace {

/// How many tasks the owner of a share claims at once: no more than it has seen there, or one. So a claim that fails
/// leaves the begin at most one behind where the end has been.
using ClaimSize = std::uint64_t (*)(const Share& own);

std::uint64_t one(const Share& /*own*/) { return 1; }

std::uint64_t guided(const Share& own) { return guided_claim(own.tasks_left()); }

/// Threads that share one batch after the other. The caller is worker 0.
///
/// A batch is open while `generation_` is odd. A worker works only between enter() and leave(), which count it in
/// `active_`; the caller returns when the batch is closed and no worker is active, so no late worker ever meets the
/// shares of the next batch with the eyes of this one.
template <ClaimSize kSize>
class Pool final : public Executor, private Intake {
 public:
  explicit Pool(const Options& options)
      : spin_(options.workers <= options.cpus ? Patience::kWake : std::chrono::microseconds(0)),
        shares_(options.workers) {
    try {
      for (unsigned worker = 1; worker < options.workers; ++worker)
        threads_.emplace_back([this, worker] { serve(worker); });
    } catch (...) {  // the system refused a thread: those that exist must end before they are joined
      stop();
      throw;
    }
  }

  ~Pool() override { stop(); }

  void run(const Job& job) override {
    const std::size_t tasks = job.tasks;
    if (tasks > Share::kMaxTasks) throw std::length_error("pool: more than 4294901760 tasks in a batch");
    job_ = &job;
    for (std::size_t worker = 0; worker < shares_.size(); ++worker)
      shares_[worker].assign(tasks * worker / shares_.size(), tasks * (worker + 1) / shares_.size());
    if (job.forks) {
      if (!team_) team_ = std::make_unique<Team>(shares_.size(), spin_, error_);
      roots_left_ = tasks;
    }
    open_batch();
    work(0);
    close_batch();
    error_.rethrow();
  }

  Intake* intake() override { return this; }

 private:
  /// The tasks that come are one number for all. The caller brings them, so that another thread takes its place.
  void begin(const Job& job) override {
    stream_.open();
    job_ = &job;
    streaming_ = true;
    open_batch();
    substitute_ = std::jthread([this] { work(0); });
  }

  void submit(std::size_t /*task*/) override { stream_.add(); }

  void finish() override {
    stream_.end();
    substitute_.join();
    wait_for_the_active();
    generation_.fetch_add(1);
    wait_for_the_active();
    streaming_ = false;
    error_.rethrow();
  }

  void stop() {
    stopping_ = true;
    stream_.end();  // where begin() has failed
    open_batch();
    for (std::jthread& thread : threads_) thread.join();
    threads_.clear();
  }

  void open_batch() {
    generation_.fetch_add(1);
    if (sleepers_.load() > 0) futex_wake_all(generation_);
  }

  /// Helps until no worker is active, then closes the batch and waits for those that entered meanwhile. It stays open
  /// while others work: stolen tasks lie in no share for a moment, and may need more workers when they do again.
  void close_batch() {
    for (Patience patience(spin_); active_.load() > 0 && patience.wait();) {
      if (!steal(0)) continue;
      work(0);
      patience.renew();
    }
    wait_for_the_active();
    generation_.fetch_add(1);
    wait_for_the_active();
  }

  void wait_for_the_active() {
    if (active_.load() == 0) return;
    caller_parked_ = true;
    for (std::uint32_t active = active_.load(); active > 0; active = active_.load()) futex_wait(active_, active);
    caller_parked_ = false;
  }

  bool enter(std::uint32_t generation) {
    active_.fetch_add(1);
    if (generation_.load() == generation) return true;
    leave();
    return false;
  }

  void leave() {
    if (active_.fetch_sub(1) == 1 && caller_parked_.load()) futex_wake_all(active_);
  }

  /// Runs the worker's own share, then what it can steal, until nothing is left anywhere.
  void work(unsigned self) {
    const Job& job = *job_;
    if (streaming_) {
      for (std::uint64_t task = 0; stream_.claim(task, spin_);) error_.guard([&] { job.run(task, task + 1); });
      return;
    }
    Share& own = shares_[self];
    if (job.forks) return work_on_trees(job, self);
    do {
      for (std::size_t first = 0, last = 0; own.claim(kSize(own), first, last);)
        error_.guard([&] { job.run(first, last); });
    } while (steal(self));
  }

  /// Runs tasks, and branches of tasks, until no task is left: who has nothing to do stays, for it may be spawned yet.
  void work_on_trees(const Job& job, unsigned self) {
    Share& own = shares_[self];
    const Fork::Scope scope(team_->fork_of(self));
    for (Patience patience(spin_); roots_left_.load(std::memory_order_acquire) > 0;) {
      std::size_t first = 0;
      std::size_t last = 0;
      if ((own.tasks_left() > 0 || steal(self)) && own.claim(1, first, last)) {
        error_.guard([&] { job.run(first, last); });
        roots_left_.fetch_sub(1);
      } else if (!team_->help(self)) {
        if (!patience.wait()) std::this_thread::yield();
        continue;
      }
      patience.renew();
    }
  }

  bool steal(unsigned self) {
    for (std::size_t step = 1; step < shares_.size(); ++step) {
      if (shares_[(self + step) % shares_.size()].steal_into(shares_[self])) return true;
    }
    return false;
  }

  [[nodiscard]] bool work_in_sight() const {
    return std::ranges::any_of(shares_, [](const Share& share) { return share.tasks_left() > 0; });
  }

  /// The life of a background worker.
  void serve(unsigned self) {
    std::uint32_t done = 0;  // the last generation in which this worker found nothing more to do
    while (!stopping_) {
      const std::uint32_t generation = await(done);
      if (stopping_ || !enter(generation)) continue;
      work(self);
      leave();
      done = generation;
    }
  }

  /// An open generation with work: a new one, or the last one where shares have filled again.
  std::uint32_t await(std::uint32_t done) {
    for (Patience patience(spin_);;) {
      const std::uint32_t generation = generation_.load(std::memory_order_acquire);
      const bool open = generation % 2 == 1;
      if (stopping_ || (open && (generation != done || work_in_sight()))) return generation;
      if (patience.wait()) continue;
      sleepers_.fetch_add(1);
      futex_wait(generation_, generation);
      sleepers_.fetch_sub(1);
      patience.renew();
    }
  }

  const std::chrono::microseconds spin_;
  std::vector<Share> shares_;
  const Job* job_ = nullptr;
  std::unique_ptr<Team> team_;               // from the first batch on whose tasks spawn branches
  std::atomic<std::size_t> roots_left_ = 0;  // tasks of such a batch
  FirstError error_;
  std::atomic<bool> stopping_ = false;
  bool streaming_ = false;  ///< written between batches
  Stream stream_;
  std::jthread substitute_;
  alignas(64) std::atomic<std::uint32_t> generation_ = 0;
  std::atomic<std::uint32_t> active_ = 0;
  std::atomic<std::uint32_t> sleepers_ = 0;
  std::atomic<bool> caller_parked_ = false;
  std::vector<std::jthread> threads_;
};

const ExecutorEntry pool_common{.forks = true,
                                .family = "pool",
                                .library = "libstdc++ " + std::to_string(_GLIBCXX_RELEASE),
                                .idle =
                                    "spins for 100 us where workers <= CPUs, then parks on a futex; within a tree "
                                    "yields",
                                .submits = true};

const Executors::Add pool_added[] = {
    Executors::Add(pool_common
                       .variant("pool",
                                "Fanout's own std::thread pool: a range a worker, claimed task by task; idle workers "
                                "steal the back half",
                                opener<Pool<one>>())
                       .extra()),
    Executors::Add(pool_common.variant("pool_guided",
                                       "pool, but a worker claims an eighth of what is left of its range at once",
                                       opener<Pool<guided>>())),
};

}  // namespace
}  // namespace fanout
