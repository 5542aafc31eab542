#pragma once

#include <stdexcept>

#include "workloads/tree/tree.hpp"

namespace fanout {

/// The calls of the doubly recursive Fibonacci function: a node for each, which does nothing but add its hash. Calls of
/// `cutoff` or less are a plain recursion.
class Fibonacci final : public Tree {
 public:
  Fibonacci(std::size_t tasks, unsigned number, unsigned cutoff, std::uint64_t seed)
      : Tree(tasks), number_(number), cutoff_(cutoff), seed_(seed) {}

 private:
  /// A call, by its argument and its place: the children of place p are 2p and 2p + 1, the root's is random.
  struct Call : BranchOf<Call> {
    Call(const Fibonacci& of, unsigned n, std::uint64_t p) : number(n), tree(of), sum(p) {}
    void operator()(Fork& fork) { sum = tree.fork_call(number, sum, fork); }

    unsigned number;
    const Fibonacci& tree;
    std::uint64_t sum;  ///< the place before it runs, then the sum over the subtree
  };

  std::uint64_t fork_call(unsigned number, std::uint64_t place, Fork& fork) const {
    if (number < 2 || number <= cutoff_) return plain_call(number, place);
    std::array<Call, 2> calls{Call(*this, number - 1, 2 * place), Call(*this, number - 2, 2 * place + 1)};
    fork.all(std::span(calls));
    return mix(place) + calls[0].sum + calls[1].sum;
  }

  static std::uint64_t plain_call(unsigned number, std::uint64_t place) {
    if (number < 2) return mix(place);
    return mix(place) + plain_call(number - 1, 2 * place) + plain_call(number - 2, 2 * place + 1);
  }

  [[nodiscard]] std::uint64_t root(std::size_t task) const { return mix(seed_ + task); }

  [[nodiscard]] std::uint64_t grow(std::size_t task, Fork& fork) const override {
    return fork_call(number_, root(task), fork);
  }

  /// With a stack of its own; the number of calls is known: 2 F(n + 1) - 1.
  [[nodiscard]] Reference reference(std::size_t task) const override {
    Reference found;
    std::vector<std::pair<unsigned, std::uint64_t>> open{{number_, root(task)}};
    while (!open.empty()) {
      const auto [number, place] = open.back();
      open.pop_back();
      found.digest += mix(place);
      ++found.nodes;
      if (number < 2) continue;
      open.emplace_back(number - 1, 2 * place);
      open.emplace_back(number - 2, 2 * place + 1);
    }
    std::uint64_t before = 0;
    std::uint64_t fibonacci = 1;
    for (unsigned i = 0; i < number_; ++i) before = std::exchange(fibonacci, fibonacci + before);
    if (found.nodes != 2 * fibonacci - 1) throw std::logic_error("tree: a wrong number of calls");
    return found;
  }

  unsigned number_;
  unsigned cutoff_;
  std::uint64_t seed_;
};

}  // namespace fanout
