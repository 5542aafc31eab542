#include <sys/eventfd.h>

#include "executors/executor.hpp"
#include "executors/support/child.hpp"
#include "executors/support/guided.hpp"
#include "executors/support/patience.hpp"
#include "executors/support/shared_error.hpp"
#include "executors/support/stream.hpp"
#include "system/descriptor.hpp"
#include "system/futex.hpp"
#include "system/shared_memory.hpp"

namespace fanout {
namespace {

constexpr std::uint64_t kNoTask = ~std::uint64_t{0};

/// What the processes share. As in `pool`, a batch is open while the generation is odd, and a worker counts itself in
/// `active` while it works on one.
struct Control {
  alignas(64) std::atomic<std::uint64_t> next = 0;  // the next unclaimed task: every claim pays for this line
  alignas(64) std::atomic<std::uint32_t> generation = 0;
  std::atomic<std::uint32_t> active = 0;
  std::atomic<std::uint32_t> sleepers = 0;
  std::atomic<bool> parent_parked = false;
  std::atomic<bool> stopping = false;
  std::atomic<bool> streaming = false;  // tasks come one by one: then `next` is not asked
  Stream stream;
  Job job{};
  SharedError error;
};

/// The task that a worker is at, for the message if it dies there.
struct alignas(64) Current {
  std::atomic<std::uint64_t> task = kNoTask;
};

/// Processes forked once, which claim tasks from a shared counter, fewer at once as fewer are left. The parent runs
/// none: it watches, so that a task that kills its worker leaves somebody to say so.
class ForkPool final : public Executor, private Intake {
 public:
  explicit ForkPool(const Options& options)
      : child_spin_(options.workers <= options.cpus ? Patience::kWake : kNone),
        parent_spin_(options.workers < options.cpus ? Patience::kWake : kNone),
        positions_(options.workers),
        done_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (done_.get() < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    for (unsigned worker = 0; worker < options.workers; ++worker)
      children_.emplace_back([this, worker] { serve(worker); });
  }

  ~ForkPool() override { end_workers(); }

  void close() override {
    end_workers();
    if (dead_) throw *dead_;
  }

  void run(const Job& job) override {
    if (dead_) throw *dead_;
    control_->job = job;
    control_->next = 0;
    if (job.tasks == 0) return;
    open_batch();
    close_batch();
  }

  Intake* intake() override { return this; }

  void require_workers() override {
    if (dead_) throw *dead_;
    look(0);
  }

  std::vector<pid_t> processes() const override {
    std::vector<pid_t> pids;
    for (const Child& child : children_) pids.push_back(child.pid());
    return pids;
  }

 private:
  static constexpr std::chrono::microseconds kNone{0};

  void begin(const Job& job) override {
    if (dead_) throw *dead_;
    control_->job = job;
    control_->stream.open();
    control_->streaming = true;
    open_batch();
  }

  void submit(std::size_t /*task*/) override { control_->stream.add(); }

  void finish() override {
    control_->stream.end();
    close_batch();
  }

  void close_batch() {
    wait_until([this] { return all_done(); });
    control_->generation.fetch_add(1);  // closed; now wait for workers that entered meanwhile
    wait_until([this] { return control_->active == 0; });
    control_->streaming = false;
    control_->error.rethrow();
  }

  void open_batch() {
    control_->generation.fetch_add(1);
    if (control_->sleepers > 0) futex_wake_all(control_->generation);
  }

  /// Asks for `active` first: looking at the counter while workers claim from it would slow every claim.
  bool all_done() const {
    if (control_->active > 0) return false;
    return control_->streaming ? control_->stream.empty() : control_->next >= control_->job.tasks;
  }

  /// Waits by spinning briefly where there is a CPU for it, then in poll(), where a worker's death is seen too.
  template <class Condition>
  void wait_until(const Condition& holds) {
    Patience patience(parent_spin_);
    do {
      if (holds()) return;
    } while (patience.wait());
    control_->parent_parked = true;
    while (!holds()) look(-1);
    control_->parent_parked = false;
  }

  /// For the workers' word that a batch is done, or a death, for so many milliseconds; -1: until there is one.
  void look(int timeout) {
    std::vector<pollfd> events{{.fd = done_.get(), .events = POLLIN, .revents = 0}};
    for (const Child& child : children_) events.push_back(child.death());
    if (poll(events.data(), events.size(), timeout) < 0) {
      if (errno == EINTR) return;
      throw std::system_error(errno, std::generic_category(), "fork_pool: poll");
    }
    std::uint64_t count = 0;
    if (events[0].revents != 0 && read(done_.get(), &count, sizeof count) < 0 && errno != EAGAIN)
      throw std::system_error(errno, std::generic_category(), "eventfd");
    for (std::size_t worker = 0; worker < children_.size(); ++worker) {
      if (events[worker + 1].revents != 0) bury(worker);
    }
  }

  /// Without one worker the batch cannot be trusted any more: ends the others and says what happened.
  [[noreturn]] void bury(std::size_t worker) {
    dead_ = death_of(worker, children_[worker].reap());
    for (Child& child : children_) child.kill();  // all at once: each takes its time to end
    children_.clear();
    throw *dead_;
  }

  Error death_of(std::size_t worker, const std::optional<Error>& end) const {
    const std::uint64_t task = positions_[worker].task;
    return worker_death("fork_pool", end, task, task == kNoTask ? task : task + 1);
  }

  void end_workers() {
    control_->stopping = true;
    control_->stream.end();  // where finish() was not called
    open_batch();
    for (std::size_t worker = 0; worker < children_.size(); ++worker) {
      if (const auto end = children_[worker].reap(); end && !dead_) dead_ = death_of(worker, end);
    }
    children_.clear();
  }

  /// The life of a worker process.
  void serve(unsigned self) {
    std::uint32_t done = 0;
    while (!control_->stopping) {
      const std::uint32_t generation = await(done);
      if (control_->stopping) return;
      control_->active.fetch_add(1);
      if (control_->generation == generation) work(positions_[self].task);
      if (control_->active.fetch_sub(1) == 1 && control_->parent_parked) wake_parent();
      done = generation;
    }
  }

  void work(std::atomic<std::uint64_t>& position) {
    const Job job = control_->job;
    const auto run = [&](std::uint64_t task) {  // one by one: if the worker dies, it is known at which
      position.store(task, std::memory_order_relaxed);
      control_->error.guard([&] { job.run(task, task + 1); });
    };
    if (control_->streaming) {
      for (std::uint64_t task = 0; control_->stream.claim(task, child_spin_);) {
        run(task);
        position.store(kNoTask, std::memory_order_relaxed);
      }
      return;
    }
    const std::size_t workers = positions_.span().size();
    for (std::uint64_t next = 0; (next = control_->next) < job.tasks;) {
      const std::uint64_t size = guided_claim((job.tasks - next) / workers);
      const std::uint64_t first = control_->next.fetch_add(size);
      const std::uint64_t last = std::min<std::uint64_t>(first + size, job.tasks);
      for (std::uint64_t task = first; task < last; ++task) run(task);
    }
    position.store(kNoTask, std::memory_order_relaxed);
  }

  void wake_parent() const {
    const std::uint64_t one = 1;
    if (write(done_.get(), &one, sizeof one) != sizeof one) _exit(1);  // seen as a death, so never as a hang
  }

  std::uint32_t await(std::uint32_t done) {
    for (Patience patience(child_spin_);;) {
      const std::uint32_t generation = control_->generation;
      if (control_->stopping || (generation % 2 == 1 && generation != done)) return generation;
      if (patience.wait()) continue;
      control_->sleepers.fetch_add(1);
      futex_wait(control_->generation, generation);
      control_->sleepers.fetch_sub(1);
      patience.renew();
    }
  }

  std::chrono::microseconds child_spin_;
  std::chrono::microseconds parent_spin_;
  Shared<Control> control_;
  SharedArray<Current> positions_;
  Descriptor done_;
  std::vector<Child> children_;
  std::optional<Error> dead_;
};

const Executors::Add fork_pool_added{
    ExecutorEntry{.name = "fork_pool",
                  .help = "processes forked once, which take tasks by guided claims from a counter in shared memory",
                  .kind = ExecutorEntry::Kind::processes,
                  .memory = ExecutorEntry::Memory::forked,
                  .family = "fork",
                  .library = "fork(2)",
                  .idle = "spins for 100 us where workers <= CPUs, then parks on a futex",
                  .submits = true,
                  .open = opener<ForkPool>()}};

}  // namespace
}  // namespace fanout
