#pragma once

#include <atomic>
#include <optional>

#include "benchmarks/observers/latency/histogram.hpp"
#include "benchmarks/observers/support/seats.hpp"
#include "system/shared_memory.hpp"
#include "workloads/async_workload.hpp"
#include "workloads/workload.hpp"

namespace fanout::latency {

/// What was recorded, by one worker or by all.
struct Times {
  Histogram queueing;         ///< from when a task should have begun until it did
  Histogram service;          ///< from then until its end
  Histogram latency;          ///< both
  std::int64_t last_end = 0;  ///< CLOCK_MONOTONIC, ns

  void add(std::int64_t due, std::int64_t begin, std::int64_t end) {
    const auto passed = [](std::int64_t from, std::int64_t to) {
      return static_cast<std::uint64_t>(std::max<std::int64_t>(0, to - from));
    };
    queueing.add(passed(due, begin));
    service.add(passed(begin, end));
    latency.add(passed(due, end));
    last_end = std::max(last_end, end);
  }
};

/// The decorator: each worker records when tasks were due, began and ended, each task by itself, in histograms of its
/// own. In batches all tasks are due when the batch begins.
class Recording : public Decorator, private AsyncWorkload {
 public:
  Recording(const Workload& workload, unsigned workers);

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override;
  [[nodiscard]] const AsyncWorkload* async() const override { return inner().async() != nullptr ? this : nullptr; }

  /// Records from now on, with the workers at rest; after a batch or more all tasks are due now.
  void open();
  void close() { board_->open = false; }

  /// With the workers at rest.
  [[nodiscard]] Times times() const;
  /// Tasks whose end has been recorded, at any time.
  [[nodiscard]] std::uint64_t recorded() const;
  /// Tasks of threads for which there was no place; they are in no histogram.
  [[nodiscard]] std::uint64_t missed() const { return board_->missed; }
  /// Tasks that threw.
  [[nodiscard]] std::uint64_t threw() const { return board_->threw; }

 protected:
  struct Due {
    std::size_t task;  ///< of the inner workload
    std::int64_t at;   ///< CLOCK_MONOTONIC, ns
  };
  /// Which task this is, as it begins; nothing where it is not to be done any more.
  [[nodiscard]] virtual std::optional<Due> begin(std::size_t task) const { return Due{task, board_->due}; }

 private:
  class TimedLane;
  struct Board {
    std::atomic<bool> open = false;
    std::atomic<std::int64_t> due = 0;
    alignas(64) std::atomic<std::uint64_t> missed = 0;
    std::atomic<std::uint64_t> threw = 0;
  };
  struct Sheet {
    Times times;
    std::atomic<std::uint64_t> tasks = 0;  ///< in it: written last
  };
  /// A sheet, once a worker has taken the place: of thousands of workers, few may ever run at the same time.
  struct alignas(64) Place {
    std::byte sheet[sizeof(Sheet)];
    bool made;
  };
  static_assert(std::is_trivially_destructible_v<Sheet>);

  void record(const Due& due, std::int64_t start, std::int64_t end) const;
  [[nodiscard]] const Sheet* sheet(std::size_t place) const;
  [[nodiscard]] std::unique_ptr<Lane> lane() const override;

  Job job_;
  Seats seats_;
  SharedArray<Place> places_;
  Shared<Board> board_;
};

}  // namespace fanout::latency
