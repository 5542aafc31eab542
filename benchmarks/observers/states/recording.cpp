#include "benchmarks/observers/states/recording.hpp"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <mutex>

#include "benchmarks/observers/states/sampling.hpp"
#include "system/monotonic.hpp"
#include "workloads/async_workload.hpp"

namespace fanout::states {

struct Recording::Memory {
  explicit Memory(std::size_t count) : records(count) {}

  struct Board {
    alignas(64) std::atomic<std::uint64_t> batch = 0;  ///< the one at hand, of all in this process; 0: none
    double share = 0;
    alignas(64) std::atomic<std::size_t> used = 0;  ///< records asked for
    std::atomic<std::uint64_t> others = 0;
  };
  Shared<Board> board;
  SharedArray<Record> records;
  std::atomic<bool> coroutines = false;
  std::atomic<std::uint64_t> queued = 0;      ///< coroutines that were timed in the loop's queue
  std::atomic<std::int64_t> queued_time = 0;  ///< ns
};

namespace {

constexpr std::size_t kMostRecords = 32768;
constexpr double kQueued = 1.0 / 16;  // of coroutines, that are timed in the queue

/// Of the calling thread. A trivial object, since every range looks at it.
struct Self {
  std::uint64_t batch = 0;   ///< that `record` is of
  Record* record = nullptr;  ///< null: there was no room
  std::uint64_t skip = 0;    ///< ranges until the next one that is sampled
  double share = 0;          ///< of ranges that are sampled; 0: not known yet
  bool forked = false;       ///< it is a forked process, in its first batch
};
constinit thread_local Self self;

/// A forked child is another worker.
[[maybe_unused]] const int at_fork = pthread_atfork(nullptr, nullptr, [] { self = {.forked = true}; });

std::mutex leaving;  // a detached thread may end at any time: not while a batch is closed

/// What a thread keeps to read its times, until it ends.
struct Presence {
  std::shared_ptr<Recording::Memory> memory;
  std::optional<ThreadWatch> watch;
  pid_t process = 0;

  Presence() = default;
  Presence(const Presence&) = delete;
  Presence& operator=(const Presence&) = delete;
  ~Presence() {
    if (!memory || self.record == nullptr) return;
    const std::lock_guard lock(leaving);
    if (memory->board->batch != self.batch) return;
    self.record->end = watch->read().value_or(self.record->last);
    self.record->figures = own_figures();
    self.record->ended = true;
  }
};
thread_local Presence presence;

}  // namespace

/// Coroutines stay what they are: a worker is known by the tasks that it begins.
class Recording::Lanes final : public AsyncWorkload {
 public:
  explicit Lanes(const Recording& recording) : recording_(recording) {}

  [[nodiscard]] std::unique_ptr<Lane> lane() const override {
    recording_.memory_->coroutines = true;
    return std::make_unique<Counting>(recording_);
  }

 private:
  class Counting final : public Lane {
   public:
    explicit Counting(const Recording& recording) : recording_(recording), lane_(recording.inner().async()->lane()) {}

    boost::asio::awaitable<void> run(std::size_t task, std::span<std::uint64_t> out) override {
      return recording_.count_task() ? run_queued(task, out) : lane_->run(task, out);
    }

   private:
    /// Goes to the end of the loop's queue first, as what has been waited for does.
    boost::asio::awaitable<void> run_queued(std::size_t task, std::span<std::uint64_t> out) {
      const auto posted = monotonic_time();
      co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
      recording_.memory_->queued_time += monotonic_time() - posted;
      ++recording_.memory_->queued;
      co_await lane_->run(task, out);
    }

    const Recording& recording_;
    std::unique_ptr<Lane> lane_;
  };

  const Recording& recording_;
};

Recording::Recording(const Workload& workload, unsigned workers, std::string proc)
    : Decorator(workload),
      proc_(std::move(proc)),
      memory_(std::make_shared<Memory>(std::clamp<std::size_t>(workload.tasks(), workers, kMostRecords))),
      lanes_(workload.async() != nullptr ? std::make_unique<Lanes>(*this) : nullptr) {}

Recording::~Recording() = default;

void Recording::run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const {
  const std::uint64_t batch = memory_->board->batch.load(std::memory_order_acquire);
  if (batch == 0 || first == last) return run_inner(first, last, out);
  Record* const record = self.batch == batch ? self.record : enter(batch);
  if (record == nullptr) {
    memory_->board->others += last - first;
    return run_inner(first, last, out);
  }
  record->tasks += last - first;
  if (self.skip == 0) return run_sampled(*record, first, last, out);
  --self.skip;
  ++record->later;
  run_inner(first, last, out);
}

/// The worker's first range of a batch.
Record* Recording::enter(std::uint64_t batch) const {
  const pid_t process = getpid();
  self.forked = self.forked && self.batch == 0;
  self.batch = batch;
  self.record = nullptr;
  if (presence.memory != memory_ || presence.process != process) presence.watch.emplace(proc_);
  presence.memory = memory_;
  presence.process = process;
  const std::size_t place = memory_->board->used++;
  if (place >= memory_->records.span().size()) return nullptr;
  if (self.forked) std::ignore = presence.watch->read();  // the pages that reading writes to are copied first
  const auto now = presence.watch->read();
  if (!now) return nullptr;
  Record& record = memory_->records[place];
  record = {.process = process, .thread = gettid(), .first = *now, .last = *now};
  self.share = memory_->board->share;
  // A process may not live to see another range, and ends without a word.
  self.skip = self.share > 0 && !self.forked ? sampling::draw_skip(self.share) : 0;
  return self.record = &record;
}

void Recording::run_sampled(Record& record, std::size_t first, std::size_t last, std::span<std::uint64_t> out) const {
  const bool sure = self.share == 0 || (self.forked && record.ranges == 0);
  const bool fresh = record.ranges + record.later == 0;
  const auto reading = monotonic_time();
  const ThreadTimes before = fresh ? record.first : presence.watch->read().value_or(record.last);
  const auto start = monotonic_time();
  run_inner(first, last, out);
  const auto stop = monotonic_time();
  record.last = presence.watch->read().value_or(record.last);
  const double stalled = sampling::stall(record.last.wall - stop);
  const double wall = std::max(0.0, static_cast<double>(stop - start) - sampling::cost_of_clock());
  const StateTimes body = sampling::of_body(record.last - before, wall, stalled);
  (proc_.empty() ? record.stalled.blocked : record.stalled.ready) += sampling::stall(start - reading) + stalled;
  if (self.share == 0) self.share = sampling::share_for(body.running + body.blocked);
  const double stands_for = sure ? 1 : 1 / self.share;
  record.body += body * stands_for;
  record.weight += stands_for * static_cast<double>(last - first);
  record.sampled += last - first;
  record.ranges += record.later + 1;
  record.later = 0;
  if (self.forked) record.figures = own_figures();
  self.skip = sampling::draw_skip(self.share);
}

bool Recording::count_task() const {
  const std::uint64_t batch = memory_->board->batch.load(std::memory_order_acquire);
  if (batch == 0) return false;
  if (self.batch != batch) {
    enter(batch);
    self.skip = sampling::draw_skip(kQueued);
  }
  if (self.record == nullptr) {
    ++memory_->board->others;
    return false;
  }
  ++self.record->tasks;
  if (self.skip > 0) {
    --self.skip;
    return false;
  }
  self.skip = sampling::draw_skip(kQueued);
  return true;
}

void Recording::open(double share) {
  static std::uint64_t batches = 0;
  std::ignore = sampling::cost_of_clock() + sampling::cost_of_sample();  // to be known before a worker asks
  memory_->board->share = share;
  memory_->board->used = 0;
  memory_->board->batch = ++batches;
}

void Recording::close() {
  const std::lock_guard lock(leaving);
  memory_->board->batch = 0;
}

std::span<const Record> Recording::records() const {
  const auto all = memory_->records.span();
  return all.first(std::min<std::size_t>(memory_->board->used, all.size()));
}

std::uint64_t Recording::others() const { return memory_->board->others; }
bool Recording::coroutines() const { return memory_->coroutines; }
std::uint64_t Recording::queued() const { return memory_->queued; }
double Recording::queued_time() const { return static_cast<double>(memory_->queued_time); }

}  // namespace fanout::states
