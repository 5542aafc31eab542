#pragma once

#include "executors/executor.hpp"
#include "executors/support/first_error.hpp"
#include "executors/support/slots.hpp"

namespace fanout {

/// A new thread for every task, at most `workers` of them at once. `Starter::start(body)` returns a handle of a thread
/// that calls body; assigning to a handle, and destroying it, waits for the thread that it had.
template <class Starter>
class ThreadEach final : public Executor {
 public:
  explicit ThreadEach(const Options& options) : workers_(options.workers) {}

  void run(const Job& job) override {
    Slots slots(workers_);
    FirstError error;
    {
      std::vector<typename Starter::Handle> handles(workers_);
      error.guard([&] {  // the system may refuse a thread
        for (std::size_t i = 0; i < job.tasks; ++i) {
          const unsigned slot = slots.take();
          handles[slot] = Starter::start([&, i, slot] {
            error.guard([&] { job.run(i, i + 1); });
            slots.give_back(slot);
          });
        }
      });
    }
    error.rethrow();
  }

 private:
  unsigned workers_;
};

}  // namespace fanout
