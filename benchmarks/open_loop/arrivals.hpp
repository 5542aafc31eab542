#pragma once

#include <string>

#include "benchmarks/ledger.hpp"
#include "benchmarks/observers/latency/recording.hpp"

namespace fanout {

/// The decorator whose tasks are arrivals of another workload's: arrival k is its task k modulo their number. Executors
/// see an ordinary job. Each task that was submitted has a digest of its own, so that no two runs of one task meet in a
/// word: it is `expected + weight` once the task is done, and 0 where it was given up. Build it before workers are
/// forked.
class Arrivals final : public latency::Recording {
 public:
  /// So many at most. `ledger` is that of the workload.
  Arrivals(const Workload& workload, const Ledger& ledger, unsigned workers, std::size_t most);

  [[nodiscard]] std::size_t tasks() const override { return due_.span().size(); }
  [[nodiscard]] std::vector<std::uint64_t> expected() const override;

  /// What an executor is to be given.
  [[nodiscard]] Job job() const { return Work::job(digests_.span()); }

  /// The next task to be submitted is arrival `number`, which should begin at `at` (CLOCK_MONOTONIC, ns).
  void schedule(std::size_t task, std::size_t number, std::int64_t at) const {
    due_[task] = {number % inner().tasks(), at};
  }

  /// What has not begun is not to be done any more.
  void give_up() const { board_->over = true; }

  /// Tasks begun, whether or not they were given up then.
  [[nodiscard]] std::uint64_t begun() const { return board_->begun; }
  [[nodiscard]] std::uint64_t given_up() const { return board_->given_up; }
  /// Tasks of which nothing more will come.
  [[nodiscard]] std::uint64_t over() const { return recorded() + given_up() + threw(); }

  /// What is wrong after so many tasks were submitted, as a sentence; nothing where the law holds.
  [[nodiscard]] std::optional<std::string> broken(std::size_t submitted) const;

  /// How often each of the inner workload's tasks was done, of so many that were submitted.
  [[nodiscard]] std::vector<std::uint64_t> runs(std::size_t submitted) const;

 protected:
  [[nodiscard]] std::optional<Due> begin(std::size_t task) const override;

 private:
  struct Board {
    std::atomic<bool> over = false;
    alignas(64) std::atomic<std::uint64_t> begun = 0;
    std::atomic<std::uint64_t> given_up = 0;
  };

  [[nodiscard]] bool done(std::size_t task) const;

  const Ledger& ledger_;
  SharedArray<Due> due_;
  SharedArray<std::uint64_t> digests_;
  Shared<Board> board_;
};

}  // namespace fanout
