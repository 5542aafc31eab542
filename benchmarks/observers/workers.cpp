#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "benchmarks/observer.hpp"
#include "system/cpu_time.hpp"
#include "system/shared_memory.hpp"

namespace fanout {
namespace {

using nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxWorkers = 4096;  // more are counted together: a thread or a process a task has many

/// What one worker did in the observed batches.
struct Record {
  std::atomic<pid_t> thread = 0;  ///< 0: free
  std::atomic<pid_t> process = 0;
  std::atomic<std::uint64_t> tasks = 0;
  std::atomic<std::int64_t> busy = 0;  ///< ns on the clock inside of tasks, waiting for a CPU included
  std::atomic<std::int64_t> cpu = 0;   ///< ns of CPU inside of tasks
};

struct Board {
  std::atomic<bool> open = false;
  std::atomic<std::uint64_t> others = 0;  ///< tasks of workers that found no free record
};

/// The decorator: each worker adds to its own record, in memory that forked workers share.
class Recording final : public Decorator {
 public:
  explicit Recording(const Workload& workload) : Decorator(workload), records_(kMaxWorkers) {}

  /// As functions also where tasks are written as coroutines: those may move between workers while they run.
  [[nodiscard]] const AsyncWorkload* async() const override { return nullptr; }

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    if (!board_->open) return inner().run(first, last, out);
    const auto start = Clock::now();
    const auto cpu = thread_cpu_time();
    inner().run(first, last, out);
    Record* mine = record();
    if (mine == nullptr) {
      board_->others += last - first;
      return;
    }
    mine->tasks += last - first;
    mine->cpu += (thread_cpu_time() - cpu).count();
    mine->busy += std::chrono::nanoseconds(Clock::now() - start).count();
  }

  void set_open(bool open) const { board_->open = open; }
  [[nodiscard]] std::span<Record> records() const { return records_.span(); }
  [[nodiscard]] std::uint64_t others() const { return board_->others; }

 private:
  [[nodiscard]] Record* record() const {
    const pid_t self = gettid();
    for (Record& record : records_.span()) {
      pid_t free = 0;
      if (record.thread == self) return &record;
      if (!record.thread.compare_exchange_strong(free, self)) continue;
      record.process = getpid();
      return &record;
    }
    return nullptr;
  }

  Shared<Board> board_;
  SharedArray<Record> records_;
};

/// Which worker ran how many tasks, and for how long: the balance of the load.
class Workers final : public Observer {
 public:
  const Workload& wrap(const Workload& workload, const Options& /*options*/) override {
    recording_ = std::make_unique<Recording>(workload);
    return *recording_;
  }

  void begin(const Executor& /*executor*/) override {
    start_ = Clock::now();
    recording_->set_open(true);
  }

  void end(const Executor& /*executor*/) override {
    recording_->set_open(false);
    wall_ = Clock::now() - start_;
  }

  void merge() override {
    for (const Record& record : recording_->records()) {
      if (record.thread == 0) break;
      workers_.push_back({{"process", record.process.load()},
                          {"thread", record.thread.load()},
                          {"tasks", record.tasks.load()},
                          {"busy", static_cast<double>(record.busy) / 1e9},
                          {"cpu", static_cast<double>(record.cpu) / 1e9}});
    }
  }

  [[nodiscard]] ordered_json evidence(std::uint64_t batches) const override {
    ordered_json evidence{{"batches", batches},
                          {"seconds", wall_.count()},
                          {"workers", workers_},
                          {"tasks_of_others", recording_->others()}};
    double total = 0;
    double most = 0;
    for (const auto& worker : workers_) {
      total += worker["busy"].get<double>();
      most = std::max(most, worker["busy"].get<double>());
    }
    // Load balance as POP defines it: the mean useful time of a worker over the longest.
    if (most > 0) evidence["load_balance"] = total / static_cast<double>(workers_.size()) / most;
    return evidence;
  }

 private:
  std::unique_ptr<Recording> recording_;
  Clock::time_point start_;
  std::chrono::duration<double> wall_{};
  ordered_json workers_ = ordered_json::array();
};

const Observers::Add added{
    ObserverEntry{.name = "workers",
                  .help = "tasks, time and CPU time of each worker inside of tasks, and their balance",
                  .make = [] { return std::make_unique<Workers>(); }}};

}  // namespace
}  // namespace fanout
