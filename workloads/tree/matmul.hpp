#pragma once

#include <algorithm>

#include "workloads/tree/tree.hpp"

namespace fanout {

/// Multiplies matrices of numbers modulo 2^64: a node spawns the quarters of its block of the product, down to blocks
/// of 16 (or of `cutoff`) rows and columns. The digest is over each number of the product with its place.
class Matmul final : public Tree {
 public:
  Matmul(std::size_t tasks, std::size_t order, std::size_t cutoff, std::uint64_t seed)
      : Tree(tasks), order_(order), least_(std::max(kLeast, cutoff)), left_(order * order), right_(order * order) {
    for (std::size_t i = 0; i < left_.size(); ++i) {
      left_[i] = mix(seed + i);
      right_[i] = mix(~seed + i);
    }
  }

 private:
  static constexpr std::size_t kLeast = 16;
  using Product = std::vector<std::uint64_t>;

  /// Rows and columns [begin, end).
  struct Place {
    std::size_t row;
    std::size_t row_end;
    std::size_t column;
    std::size_t column_end;
  };

  struct Block : BranchOf<Block> {
    Block(const Matmul& of, const Place& its, std::size_t number, Product& into)
        : tree(of), place(its), task(number), product(into) {}
    void operator()(Fork& fork) { sum = tree.fork_multiply(place, task, product, fork); }

    const Matmul& tree;
    Place place;
    std::size_t task;
    Product& product;
    std::uint64_t sum = 0;
  };

  std::uint64_t fork_multiply(const Place& at, std::size_t task, Product& product, Fork& fork) const {
    if (at.row_end - at.row <= least_ && at.column_end - at.column <= least_) return multiply(at, task, product);
    const std::size_t row = (at.row + at.row_end) / 2;
    const std::size_t column = (at.column + at.column_end) / 2;
    std::array<Block, 4> quarters{Block(*this, {at.row, row, at.column, column}, task, product),
                                  Block(*this, {at.row, row, column, at.column_end}, task, product),
                                  Block(*this, {row, at.row_end, at.column, column}, task, product),
                                  Block(*this, {row, at.row_end, column, at.column_end}, task, product)};
    fork.all(std::span(quarters));
    return quarters[0].sum + quarters[1].sum + quarters[2].sum + quarters[3].sum;
  }

  /// A task's left matrix is the common one with the task's number added to each element.
  std::uint64_t multiply(const Place& at, std::size_t task, Product& product) const {
    std::uint64_t sum = 0;
    for (std::size_t row = at.row; row < at.row_end; ++row) {
      for (std::size_t k = 0; k < order_; ++k) {
        const std::uint64_t factor = left_[row * order_ + k] + task;
        for (std::size_t column = at.column; column < at.column_end; ++column)
          product[row * order_ + column] += factor * right_[k * order_ + column];
      }
      for (std::size_t column = at.column; column < at.column_end; ++column)
        sum += hash_of(product[row * order_ + column], row * order_ + column);
    }
    return sum;
  }

  static std::uint64_t hash_of(std::uint64_t number, std::size_t place) { return mix(number ^ mix(place)); }

  [[nodiscard]] std::uint64_t grow(std::size_t task, Fork& fork) const override {
    Product product(order_ * order_);
    return fork_multiply({0, order_, 0, order_}, task, product, fork);
  }

  /// Element by element.
  [[nodiscard]] Reference reference(std::size_t task) const override {
    Reference found;
    for (std::size_t row = 0; row < order_; ++row) {
      for (std::size_t column = 0; column < order_; ++column) {
        std::uint64_t number = 0;
        for (std::size_t k = 0; k < order_; ++k)
          number += (left_[row * order_ + k] + task) * right_[k * order_ + column];
        found.digest += hash_of(number, row * order_ + column);
      }
    }
    return found;
  }

  std::size_t order_;
  std::size_t least_;
  Product left_;
  Product right_;
};

}  // namespace fanout
