#pragma once

#include <algorithm>
#include <bit>

#include "workloads/tree/tree.hpp"

namespace fanout {

/// Sorts `size` random numbers: a node divides its range by a pivot, the median of three, and spawns both parts. Ranges
/// of `cutoff` numbers or less are sorted by the library. The digest is over each number with its place.
class Quicksort final : public Tree {
 public:
  Quicksort(std::size_t tasks, std::size_t size, std::size_t cutoff, std::uint64_t seed)
      : Tree(tasks), size_(size), cutoff_(std::max<std::size_t>(1, cutoff)), seed_(seed) {}

 private:
  using Numbers = std::span<std::uint32_t>;

  struct Range : BranchOf<Range> {
    Range(const Quicksort& of, Numbers its, std::size_t at, unsigned left)
        : divisions(left), tree(of), numbers(its), first(at) {}
    void operator()(Fork& fork) { sum = tree.fork_sort(numbers, first, divisions, fork); }

    unsigned divisions;  ///< below which this range is: no more, or pivots have been bad ones
    const Quicksort& tree;
    Numbers numbers;
    std::size_t first;  ///< the place of the first number
    std::uint64_t sum = 0;
  };

  static std::uint64_t sum_of(Numbers numbers, std::size_t first) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < numbers.size(); ++i) sum += mix((first + i) << 32U | numbers[i]);
    return sum;
  }

  /// Where the second part begins; neither is empty (Hoare).
  static std::size_t divide(Numbers numbers) {
    const std::uint32_t a = numbers.front();
    const std::uint32_t b = numbers[(numbers.size() - 1) / 2];
    const std::uint32_t c = numbers[numbers.size() - 2];
    const std::uint32_t pivot = std::max(std::min(a, b), std::min(std::max(a, b), c));
    for (std::size_t low = 0, high = numbers.size() - 1;; ++low, --high) {
      while (numbers[low] < pivot) ++low;
      while (pivot < numbers[high]) --high;
      if (low >= high) return high + 1;
      std::swap(numbers[low], numbers[high]);
    }
  }

  std::uint64_t fork_sort(Numbers numbers, std::size_t first, unsigned divisions, Fork& fork) const {
    if (numbers.size() <= cutoff_ || divisions == 0) {
      std::ranges::sort(numbers);
      return sum_of(numbers, first);
    }
    const std::size_t middle = divide(numbers);
    std::array<Range, 2> parts{Range(*this, numbers.first(middle), first, divisions - 1),
                               Range(*this, numbers.subspan(middle), first + middle, divisions - 1)};
    fork.all(std::span(parts));
    return parts[0].sum + parts[1].sum;
  }

  [[nodiscard]] std::vector<std::uint32_t> unsorted(std::size_t task) const {
    std::vector<std::uint32_t> numbers(size_);
    for (std::size_t i = 0; i < size_; ++i) numbers[i] = static_cast<std::uint32_t>(mix(mix(seed_ + task) + i));
    return numbers;
  }

  [[nodiscard]] std::uint64_t grow(std::size_t task, Fork& fork) const override {
    auto numbers = unsorted(task);
    return fork_sort(numbers, 0, 3 * static_cast<unsigned>(std::bit_width(size_)), fork);
  }

  [[nodiscard]] Reference reference(std::size_t task) const override {
    auto numbers = unsorted(task);
    std::ranges::stable_sort(numbers);
    return {.digest = sum_of(numbers, 0)};
  }

  std::size_t size_;
  std::size_t cutoff_;
  std::uint64_t seed_;
};

}  // namespace fanout
