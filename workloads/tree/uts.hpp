#pragma once

#include <algorithm>

#include "workloads/tree/tree.hpp"

namespace fanout {

/// Unbalanced tree search: a random tree that is only known by walking it, of geometric numbers of children, mean 4, as
/// in UTS (Olivier et al., "UTS: An Unbalanced Tree Search Benchmark", LCPC 2006). A node is its random state, and
/// its children's follow from it by the finaliser of splitmix64, where UTS takes SHA-1. The root has 48 children, so
/// that trees of other seeds are of similar size. Subtrees of `cutoff` levels or less are walked by a plain recursion.
class Uts final : public Tree {
 public:
  Uts(std::size_t tasks, std::size_t size, unsigned cutoff, std::uint64_t seed)
      : Tree(tasks), cutoff_(cutoff), seed_(seed) {
    std::size_t subtree = 1;  // nodes of one, on average
    for (; size > kRootsChildren * subtree; ++levels_) subtree = 4 * subtree + 1;
    roots_children_ = static_cast<unsigned>((size + subtree - 1) / subtree);
    double share = 1;  // of the nodes, that have more than i children
    for (std::uint64_t& bound : bounds_) bound = static_cast<std::uint64_t>((share *= 0.8) * 0x1p64);
  }

 private:
  static constexpr unsigned kMostChildren = 100;       // as in UTS
  static constexpr unsigned kRootsChildren = 48;       // at most
  static constexpr unsigned kAtOnce = kRootsChildren;  // that are spawned together: stacks have room for so many

  struct Node : BranchOf<Node> {
    Node(const Uts& of, std::uint64_t random, unsigned below) : levels(below), tree(of), sum(random) {}
    void operator()(Fork& fork) { sum = tree.fork_walk(sum, levels, fork); }

    unsigned levels;  ///< below it
    const Uts& tree;
    std::uint64_t sum;  ///< the state before it runs, then the sum over the subtree
  };

  static std::uint64_t child(std::uint64_t state, unsigned number) { return mix(state + number); }

  [[nodiscard]] unsigned children(std::uint64_t state, unsigned levels) const {
    if (levels == 0) return 0;
    if (levels == levels_) return roots_children_;
    unsigned count = 0;
    while (count < kMostChildren && state < bounds_[count]) ++count;
    return count;
  }

  std::uint64_t fork_walk(std::uint64_t state, unsigned levels, Fork& fork) const {
    if (levels <= cutoff_) return plain_walk(state, levels);
    std::uint64_t sum = mix(state);
    const unsigned count = children(state, levels);
    for (unsigned first = 0; first < count; first += kAtOnce) {
      Siblings<Node, kAtOnce> nodes;
      for (unsigned i = first; i < std::min(count, first + kAtOnce); ++i) nodes.add(*this, child(state, i), levels - 1);
      fork.all(nodes.all());
      for (const Node& node : nodes.all()) sum += node.sum;
    }
    return sum;
  }

  [[nodiscard]] std::uint64_t plain_walk(std::uint64_t state, unsigned levels) const {
    std::uint64_t sum = mix(state);
    const unsigned count = children(state, levels);
    for (unsigned i = 0; i < count; ++i) sum += plain_walk(child(state, i), levels - 1);
    return sum;
  }

  [[nodiscard]] std::uint64_t root(std::size_t task) const { return mix(seed_ + task); }

  [[nodiscard]] std::uint64_t grow(std::size_t task, Fork& fork) const override {
    return fork_walk(root(task), levels_, fork);
  }

  /// Level by level.
  [[nodiscard]] Reference reference(std::size_t task) const override {
    Reference found;
    std::vector<std::uint64_t> level{root(task)};
    for (unsigned levels = levels_; !level.empty(); --levels) {
      std::vector<std::uint64_t> below;
      for (const std::uint64_t state : level) {
        found.digest += mix(state);
        for (unsigned i = 0; i < children(state, levels); ++i) below.push_back(child(state, i));
      }
      found.nodes += level.size();
      level.swap(below);
    }
    return found;
  }

  unsigned levels_ = 1;  ///< below the root
  unsigned roots_children_;
  unsigned cutoff_;
  std::uint64_t seed_;
  std::array<std::uint64_t, kMostChildren> bounds_{};
};

}  // namespace fanout
