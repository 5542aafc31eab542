#include "benchmarks/receipt.hpp"

#include <algorithm>
#include <thread>

namespace fanout {

Receipt::Receipt(const Workload& workload, unsigned workers, std::chrono::milliseconds patience)
    : workload_(workload),
      wanted_(static_cast<unsigned>(std::min<std::size_t>(workers, workload.tasks()))),
      patience_(patience),
      runs_(workload.tasks()) {}

void Receipt::run(std::size_t first, std::size_t last, std::span<std::uint64_t> digests) const {
  if (first == last) return;  // a worker without a task does not count as one
  struct Visit {              // a task that throws leaves too
    ~Visit() { --counter; }
    std::atomic<unsigned>& counter;
  };
  const unsigned inside = ++meeting_->inside;
  const Visit visit{meeting_->inside};
  for (unsigned most = meeting_->most; most < inside && !meeting_->most.compare_exchange_weak(most, inside);) {
  }
  if (!meeting_->over) meet();
  for (std::size_t i = first; i < last; ++i) ++runs_[i];
  workload_.run(first, last, digests);
}

void Receipt::meet() const {
  const auto deadline = Clock::now() + patience_;
  while (!meeting_->over && meeting_->most < wanted_ && Clock::now() < deadline) std::this_thread::yield();
  meeting_->over = true;
}

std::optional<std::string> Receipt::check(Executor& executor, std::span<std::uint64_t> digests,
                                          std::span<const std::uint64_t> expected) {
  if (expected.size() != tasks())
    return "the workload has " + std::to_string(tasks()) + " tasks but expects " + std::to_string(expected.size()) +
           " digests";
  poison(digests, expected);
  executor.run({this, digests});
  for (std::size_t i = 0; i < tasks(); ++i) {
    if (runs_[i] == 0) return "task " + std::to_string(i) + " never ran";
    if (runs_[i] > 1) return "task " + std::to_string(i) + " ran " + std::to_string(runs_[i]) + " times";
  }
  if (auto wrong = wrong_digest(digests, expected)) return wrong;
  const unsigned most = meeting_->most;
  if (most != wanted_)
    return std::to_string(most) + " workers ran at the same time, not " + std::to_string(wanted_) + " as asked for";
  return {};
}

void poison(std::span<std::uint64_t> digests, std::span<const std::uint64_t> expected) {
  std::ranges::transform(expected, digests.begin(), std::bit_not<>());
}

std::optional<std::string> wrong_digest(std::span<const std::uint64_t> digests,
                                        std::span<const std::uint64_t> expected) {
  const auto [digest, truth] = std::ranges::mismatch(digests, expected);
  if (truth == expected.end()) return {};
  return "task " + std::to_string(truth - expected.begin()) + " gave the digest " + std::to_string(*digest) + ", not " +
         std::to_string(*truth);
}

}  // namespace fanout
