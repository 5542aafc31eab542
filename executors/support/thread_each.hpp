#pragma once

#include <thread>

#include "executors/executor.hpp"
#include "executors/support/first_error.hpp"
#include "executors/support/slots.hpp"
#include "executors/support/stream.hpp"

namespace fanout {

/// A new thread for every task, at most `workers` of them at once. `Starter::start(body)` returns a handle of a thread
/// that calls body; assigning to a handle, and destroying it, waits for the thread that it had.
template <class Starter>
class ThreadEach final : public Executor, private Intake {
 public:
  explicit ThreadEach(const Options& options) : workers_(options.workers) {}

  ~ThreadEach() override { stream_.end(); }

  void run(const Job& job) override {
    std::size_t i = 0;
    run_all(job, [&](std::uint64_t& task) {
      task = i;
      return i++ < job.tasks;
    });
    error_.rethrow();
  }

  Intake* intake() override { return this; }

 private:
  /// A thread of its own starts those of the tasks that come: it may have to wait for a place.
  void begin(const Job& job) override {
    stream_.open();
    starter_ = std::jthread([this, &job] {
      run_all(job, [this](std::uint64_t& task) { return stream_.claim(task, std::chrono::nanoseconds(0)); });
    });
  }

  void submit(std::size_t /*task*/) override { stream_.add(); }

  void finish() override {
    stream_.end();
    starter_.join();
    error_.rethrow();
  }

  /// `next` gives out one task after the other, until it is false.
  template <class Next>
  void run_all(const Job& job, const Next& next) {
    Slots slots(workers_);
    std::vector<typename Starter::Handle> handles(workers_);
    error_.guard([&] {  // the system may refuse a thread
      for (std::uint64_t task = 0; next(task);) {
        const unsigned slot = slots.take();
        handles[slot] = Starter::start([&, task, slot] {
          error_.guard([&] { job.run(task, task + 1); });
          slots.give_back(slot);
        });
      }
    });
  }

  unsigned workers_;
  FirstError error_;
  Stream stream_;
  std::jthread starter_;
};

}  // namespace fanout
