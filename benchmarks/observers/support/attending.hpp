#pragma once

#include <atomic>
#include <memory>

#include "workloads/async_workload.hpp"
#include "workloads/workload.hpp"

namespace fanout {

/// A decorator that calls attend() in a worker each time before it runs tasks. Tasks that are coroutines stay so: there
/// it is before each of them begins.
class Attending : public Decorator, private AsyncWorkload {
 public:
  using Decorator::Decorator;

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    attend();
    run_inner(first, last, out);
  }
  [[nodiscard]] const AsyncWorkload* async() const override { return inner().async() != nullptr ? this : nullptr; }

  /// Whether tasks have been run as coroutines, whose bodies cannot be told apart.
  [[nodiscard]] bool coroutines() const { return coroutines_; }

 protected:
  virtual void attend() const = 0;

 private:
  class AttendedLane;
  [[nodiscard]] std::unique_ptr<Lane> lane() const override;

  mutable std::atomic<bool> coroutines_ = false;
};

}  // namespace fanout
