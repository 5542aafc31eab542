#include "benchmarks/open_loop/arrivals.hpp"

namespace fanout {

Arrivals::Arrivals(const Workload& workload, const Ledger& ledger, unsigned workers, std::size_t most)
    : Recording(workload, workers), ledger_(ledger), due_(most, Untouched{}), digests_(most * width(), Untouched{}) {}

std::vector<std::uint64_t> Arrivals::expected() const {
  const auto& inner = ledger_.expected();
  std::vector<std::uint64_t> words(tasks() * width());
  for (std::size_t word = 0; word < words.size(); ++word) words[word] = inner[word % inner.size()];
  return words;
}

std::optional<Arrivals::Due> Arrivals::begin(std::size_t task) const {
  ++board_->begun;
  if (!board_->over.load(std::memory_order_relaxed)) return due_[task];
  ++board_->given_up;
  return {};
}

bool Arrivals::done(std::size_t task) const {
  return digests_[task * width()] == ledger_.expected()[due_[task].task * width()] + ledger_.weight();
}

std::optional<std::string> Arrivals::broken(std::size_t submitted) const {
  const auto words = digests_.span();
  std::uint64_t untouched = 0;
  for (std::size_t task = 0; task < submitted; ++task) {
    const auto digest = words.subspan(task * width(), width());
    if (digest[0] == 0 && !done(task)) {
      ++untouched;
      continue;
    }
    const auto expected = std::span(ledger_.expected()).subspan(due_[task].task * width(), width());
    if (!done(task) || !std::ranges::equal(digest.subspan(1), expected.subspan(1)))
      return "arrival " + std::to_string(task) + " was not done exactly once: repeated, or with a wrong result";
  }
  if (untouched != given_up())
    return std::to_string(untouched) + " arrivals were never done, where " + std::to_string(given_up()) +
           " were given up";
  for (std::size_t word = submitted * width(); word < words.size(); ++word) {
    if (words[word] != 0) return "arrival " + std::to_string(word / width()) + " was done before it was there";
  }
  return {};
}

std::vector<std::uint64_t> Arrivals::runs(std::size_t submitted) const {
  std::vector<std::uint64_t> runs(inner().tasks());
  for (std::size_t task = 0; task < submitted; ++task) runs[due_[task].task] += done(task) ? 1 : 0;
  return runs;
}

}  // namespace fanout
