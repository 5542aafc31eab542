#pragma once

#include <memory>

#include "workloads/workload.hpp"

namespace fanout {

constexpr std::size_t kMaxQueens = 18;

/// Counts the ways to place `size` queens on a board, no two on a line: the subtrees below the first few rows are dealt
/// to `tasks` tasks in contiguous lots, of one subtree where there are as many tasks as subtrees. `size` is at most
/// kMaxQueens.
std::unique_ptr<Workload> build_queens(std::size_t tasks, std::size_t size);

}  // namespace fanout
