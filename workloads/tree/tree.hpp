#pragma once

#include <array>
#include <new>

#include "workloads/digest.hpp"
#include "workloads/fork_join.hpp"
#include "workloads/workload.hpp"

namespace fanout {

/// Tasks each of which is the root of a tree; its digest is one sum over a hash of each node.
class Tree : public Workload {
 public:
  explicit Tree(std::size_t tasks) : tasks_(tasks) {}

  [[nodiscard]] std::size_t tasks() const override { return tasks_; }
  [[nodiscard]] bool forks() const override { return true; }

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    for (std::size_t i = first; i < last; ++i) deliver(out[i - first], grow(i, Fork::here()));
  }

  [[nodiscard]] std::vector<std::uint64_t> expected() const override {
    std::vector<std::uint64_t> digests;
    for (std::size_t i = 0; i < tasks_; ++i) digests.push_back(reference(i).digest);
    return digests;
  }

  [[nodiscard]] std::map<std::string, double> facts() const override {
    double nodes = 0;
    for (std::size_t i = 0; i < tasks_; ++i) nodes += static_cast<double>(reference(i).nodes);
    if (nodes == 0) return {};
    return {{"nodes", nodes}};
  }

 protected:
  struct Reference {
    std::uint64_t digest = 0;
    std::uint64_t nodes = 0;  ///< 0: not counted
  };

  /// The digest of a task, by branches.
  [[nodiscard]] virtual std::uint64_t grow(std::size_t task, Fork& fork) const = 0;

  /// The same by another route.
  [[nodiscard]] virtual Reference reference(std::size_t task) const = 0;

 private:
  std::size_t tasks_;
};

/// Children of a node that are known one by one, on its stack: constructed as they come, at most kMost.
template <class Node, std::size_t kMost>
class Siblings {
 public:
  static_assert(std::is_trivially_destructible_v<Node>);

  template <class... Arguments>
  void add(const Arguments&... arguments) {
    new (room_.data() + sizeof(Node) * size_++) Node(arguments...);
  }
  [[nodiscard]] std::span<Node> all() { return {std::launder(reinterpret_cast<Node*>(room_.data())), size_}; }

 private:
  alignas(Node) std::array<std::byte, sizeof(Node) * kMost> room_;
  std::size_t size_ = 0;
};

}  // namespace fanout
