#include "workloads/search/queens.hpp"

#include <array>
#include <stdexcept>
#include <string>

namespace fanout {
namespace {

/// Solutions for boards of order 0 .. 18 (OEIS A000170).
constexpr std::array<std::uint64_t, kMaxQueens + 1> kSolutions{
    1, 1, 0, 0, 2, 10, 4, 40, 92, 352, 724, 2680, 14200, 73712, 365596, 2279184, 14772512, 95815104, 666090624};

/// The lines that the queens placed so far attack in the next row, a bit a column.
struct Board {
  std::uint32_t columns = 0;
  std::uint32_t left = 0;
  std::uint32_t right = 0;

  [[nodiscard]] std::uint32_t attacked() const { return columns | left | right; }
  [[nodiscard]] Board with_queen(std::uint32_t bit) const {
    return {columns | bit, (left | bit) << 1U, (right | bit) >> 1U};
  }
};

std::uint64_t count_solutions(const Board& board, std::uint32_t full) {
  if (board.columns == full) return 1;
  std::uint64_t count = 0;
  for (std::uint32_t open = full & ~board.attacked(); open != 0; open &= open - 1)
    count += count_solutions(board.with_queen(open & -open), full);
  return count;
}

/// The same board seen in a mirror: as many solutions, other numbers on the way.
Board mirrored(const Board& board, std::size_t size) {
  const auto mirror = [size](std::uint32_t bits) {
    std::uint32_t reversed = 0;
    for (std::size_t column = 0; column < size; ++column) reversed |= (bits >> column & 1U) << (size - 1 - column);
    return reversed;
  };
  return {mirror(board.columns), mirror(board.right), mirror(board.left)};
}

class Queens final : public Workload {
 public:
  Queens(std::size_t tasks, std::size_t size) : tasks_(tasks), size_(size), full_((1U << size) - 1) {
    for (std::size_t row = 0; row < size && subtrees_.size() < tasks; ++row) plant_a_row();
  }

  std::size_t tasks() const override { return tasks_; }

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    for (std::size_t i = first; i < last; ++i)
      deliver(out[i - first], count_lot(i, [](const Board& board) { return board; }));
  }

  /// The mirrored boards' counts; their sum must be the known number of solutions.
  std::vector<std::uint64_t> expected() const override {
    std::vector<std::uint64_t> digests;
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < tasks_; ++i) {
      digests.push_back(count_lot(i, [this](const Board& board) { return mirrored(board, size_); }));
      total += digests.back();
    }
    if (tasks_ > 0 && total != kSolutions.at(size_))
      throw std::logic_error("nqueens finds " + std::to_string(total) + " solutions, there are " +
                             std::to_string(kSolutions.at(size_)));
    return digests;
  }

 private:
  void plant_a_row() {
    std::vector<Board> deeper;
    for (const Board& board : subtrees_) {
      for (std::uint32_t open = full_ & ~board.attacked(); open != 0; open &= open - 1)
        deeper.push_back(board.with_queen(open & -open));
    }
    subtrees_.swap(deeper);
  }

  template <class View>
  std::uint64_t count_lot(std::size_t task, const View& view) const {
    std::uint64_t count = 0;
    for (std::size_t i = subtrees_.size() * task / tasks_; i < subtrees_.size() * (task + 1) / tasks_; ++i)
      count += count_solutions(view(subtrees_[i]), full_);
    return count;
  }

  std::size_t tasks_;
  std::size_t size_;
  std::uint32_t full_;
  std::vector<Board> subtrees_{Board{}};
};

}  // namespace

std::unique_ptr<Workload> build_queens(std::size_t tasks, std::size_t size) {
  return make_workload<Queens>(tasks, size);
}

}  // namespace fanout
