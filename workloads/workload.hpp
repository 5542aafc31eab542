#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/failure.hpp"
#include "core/registry.hpp"
#include "core/values.hpp"
#include "workloads/job.hpp"

namespace fanout {

/// What executors run: tasks that may run in any order and at any time.
class Work {
 public:
  Work() = default;
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;
  virtual ~Work() = default;

  /// Number of tasks in one batch; may be 0.
  [[nodiscard]] virtual std::size_t tasks() const = 0;

  /// 64-bit words in a digest. More than one where the result itself is what a task is for, and has to arrive whole.
  [[nodiscard]] virtual std::size_t width() const { return 1; }

  /// Runs tasks [first, last), whose digests `out` is: (last - first) * width() words. Each task calls deliver() once,
  /// for the first word of its digest, when its work is done, and stores the further ones.
  /// Called from many workers at once, in any order of ranges. A task that cannot do its work throws.
  virtual void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const = 0;

  /// The tasks as coroutines, where waiting can be done without holding a thread; null where they are not written so.
  /// Lives as long as this object.
  [[nodiscard]] virtual const AsyncWorkload* async() const { return nullptr; }

  /// Whether tasks spawn branches and wait for them, by the door of workloads/fork_join.hpp.
  [[nodiscard]] virtual bool forks() const { return false; }

  /// These tasks with their digests: tasks() * width() words.
  [[nodiscard]] Job job(std::span<std::uint64_t> digests) const {
    return {call_, context_ != nullptr ? context_ : this, tasks(), width(), digests, async(), forks()};
  }

  /// From now on tasks add `weight` to what they deliver; it lies in memory that all workers share. Null: nothing.
  virtual void weigh(const std::atomic<std::uint64_t>* weight) { weight_ = weight != nullptr ? weight : &kNoWeight; }

 protected:
  /// A task's result: added to the first word of its digest, with the weight of the batch. That each task was delivered
  /// exactly once in every batch shows in the sum, whatever was in the word before.
  void deliver(std::uint64_t& word, std::uint64_t result) const { word += result + weight(); }

  /// Of the batch at hand, for tasks so short that they read it once a range.
  [[nodiscard]] std::uint64_t weight() const { return weight_->load(std::memory_order_relaxed); }

  /// Jobs call `call` with `context` from now on, rather than run().
  void call_directly(Job::Call call, const void* context) {
    call_ = call;
    context_ = context;
  }

 private:
  template <class W, class... Arguments>
  friend std::unique_ptr<W> make_workload(Arguments&&... arguments);

  static int call_virtual(const void* self, std::size_t first, std::size_t last, std::uint64_t* out) noexcept {
    try {
      const Work& work = *static_cast<const Work*>(self);
      work.run(first, last, {out, (last - first) * work.width()});
      return 0;
    } catch (...) {
      return keep_failure();
    }
  }

  static constexpr std::atomic<std::uint64_t> kNoWeight{0};

  const std::atomic<std::uint64_t>* weight_ = &kNoWeight;
  Job::Call call_ = &call_virtual;
  const void* context_ = nullptr;
};

/// What the harness asks about the work, and executors do not see.
class Oracle {
 public:
  virtual ~Oracle() = default;

  /// What every task delivers, and the further words of its digest, by a route that no executor touches and, where
  /// there is one, another algorithm than run()'s.
  [[nodiscard]] virtual std::vector<std::uint64_t> expected() const = 0;

  /// The shortest time that a batch can take with `at_once` tasks under way at the same time: a faster one is refused.
  [[nodiscard]] virtual std::chrono::nanoseconds minimum_time(unsigned /*at_once*/) const { return {}; }

  /// Tasks completed so far, by an independent count: a server's, or what the tasks' shared state adds up to. None
  /// where nothing counts. Throws where the count cannot be read, or contradicts itself.
  [[nodiscard]] virtual std::optional<std::uint64_t> completed() const { return {}; }

  /// Where the tasks keep the state that they share.
  enum class State {
    none,     ///< they share none
    process,  ///< in the memory of one process: workers that are processes would each change their own copy
    shared,   ///< in memory that forked processes share
  };
  [[nodiscard]] virtual State state() const { return State::none; }

  /// Numbers worth keeping beside a result, by counter name (such as spin's calibrated rate).
  [[nodiscard]] virtual std::map<std::string, double> facts() const { return {}; }
};

/// What a workload's file defines: tasks, and the means to check them.
class Workload : public Work, public Oracle {};

/// A workload that forwards to another one: for those that watch or alter the run. The other one outlives it.
class Decorator : public Workload {
 public:
  explicit Decorator(const Workload& inner) : inner_(inner), job_(inner.job({})) {}

  [[nodiscard]] std::size_t tasks() const override { return inner_.tasks(); }
  [[nodiscard]] std::size_t width() const override { return inner_.width(); }
  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    run_inner(first, last, out);
  }
  [[nodiscard]] const AsyncWorkload* async() const override { return inner_.async(); }
  [[nodiscard]] bool forks() const override { return inner_.forks(); }
  [[nodiscard]] std::vector<std::uint64_t> expected() const override { return inner_.expected(); }
  [[nodiscard]] std::chrono::nanoseconds minimum_time(unsigned at_once) const override {
    return inner_.minimum_time(at_once);
  }
  [[nodiscard]] std::optional<std::uint64_t> completed() const override { return inner_.completed(); }
  [[nodiscard]] State state() const override { return inner_.state(); }
  [[nodiscard]] std::map<std::string, double> facts() const override { return inner_.facts(); }

 protected:
  [[nodiscard]] const Workload& inner() const { return inner_; }

  /// The very code that runs without a decorator: the virtual run() may be another copy of it.
  void run_inner(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const {
    job_.run(first, last, out.data());
  }

 private:
  const Workload& inner_;
  Job job_;
};

/// A job's call of a class's own run(), with the class as its context. At the head of a cache line: what a short task
/// takes would depend on what code happens to stand before it.
template <class W>
__attribute__((aligned(64))) int call_run(const void* self, std::size_t first, std::size_t last, std::uint64_t* out) {
  try {
    const W& work = *static_cast<const W*>(self);
    work.W::run(first, last, {out, (last - first) * work.W::width()});
    return 0;
  } catch (...) {
    return keep_failure();
  }
}

/// A workload whose run() is called directly: through a virtual call, an executor that claims single tasks would pay
/// for two calls a task.
template <class W, class... Arguments>
std::unique_ptr<W> make_workload(Arguments&&... arguments) {
  auto made = std::make_unique<W>(std::forward<Arguments>(arguments)...);
  made->Work::call_directly(&call_run<W>, static_cast<const W*>(made.get()));
  return made;
}

/// What weak scaling multiplies by the number of workers, so that a batch is so many times the work.
struct Growth {
  std::vector<std::string> parameters = {};  ///< all of them are multiplied; empty: nothing can be
  std::string reason = {};                   ///< why nothing can be, as "that ..." goes on
};

/// What a workload's file declares: everything that --list, names, tests and docs need.
struct WorkloadEntry {
  std::string name = {};
  std::string help = {};
  bool waits = false;    ///< its tasks wait rather than compute, so more workers than CPUs pay
  bool standard = true;  ///< part of the default run
  std::vector<Parameter> parameters = {};
  /// By the choices of the first parameter; for all others, and without an entry, the parameter whose role is tasks.
  std::map<std::string, Growth> growth = {};
  /// Throws UsageError on values that do not fit together. Empty where all do.
  std::function<void(const Values&)> check = {};
  /// From values that fit together. Throws where it cannot be built; Unavailable where a library is absent.
  std::function<std::unique_ptr<Workload>(const Values&, std::uint64_t seed)> build = {};
  std::string plugin = {};  ///< the file of the plug-in that it is from; empty: Fanout's own
};

using Workloads = Registry<WorkloadEntry>;

}  // namespace fanout
