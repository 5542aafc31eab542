#pragma once

#include <deque>
#include <thread>

#include "executors/support/deque.hpp"
#include "executors/support/first_error.hpp"
#include "executors/support/patience.hpp"

namespace fanout {

/// The workers of a pool, as tasks that spawn branches see them: a deque each.
///
/// A worker that waits for a branch that was stolen runs what its thief has spawned meanwhile, and nothing else
/// (leapfrogging: Wagner and Calder, PPoPP 1993). That is part of what it waits for, so stacks are no deeper than the
/// tree, and one worker cannot wait for itself.
class Team {
 public:
  /// Idle workers spin for `spin`, then yield. What branches throw goes to `error`.
  Team(unsigned workers, std::chrono::nanoseconds spin, FirstError& error) : spin_(spin), error_(error) {
    for (unsigned worker = 0; worker < workers; ++worker) workers_.emplace_back(*this, worker);
  }

  Fork& fork_of(unsigned worker) { return workers_[worker]; }

  /// Has a worker without work steal a branch and run it; false where it finds none.
  bool help(unsigned self) {
    for (std::size_t step = 1; step < workers_.size(); ++step) {
      if (steal(workers_[(self + step) % workers_.size()], workers_[self])) return true;
    }
    return false;
  }

 private:
  /// Marks of a branch: 0, 1 + its thief's number, done.
  static constexpr std::uint32_t kDone = ~std::uint32_t{0};

  class Worker final : public Fork {
   public:
    Worker(Team& team, unsigned number) : team_(team), number_(number) {}

    void all(Branches branches) override {
      if (branches.size() == 0) return;
      std::size_t pushed = 0;
      for (std::size_t i = 1; i < branches.size(); ++i) {
        if (deque_.push(branches[i]))
          ++pushed;
        else
          call(branches[i]);
      }
      call(branches[0]);
      for (; pushed > 0; --pushed) {
        Branch* const mine = deque_.pop();
        if (mine == nullptr) return wait_for(branches);
        call(*mine);
      }
    }

    void call(Branch& branch) {
      team_.error_.guard([&] { branch.call(branch, *this); });
      branch.mark.store(kDone, std::memory_order_release);  // from then on it may be gone
    }

    Deque& deque() { return deque_; }
    [[nodiscard]] unsigned number() const { return number_; }

   private:
    void wait_for(Branches branches) {
      for (std::size_t i = branches.size(); i-- > 0;) {
        Patience patience(team_.spin_);
        for (std::uint32_t mark = 0; (mark = branches[i].mark.load(std::memory_order_acquire)) != kDone;) {
          if (mark != 0 && team_.steal(team_.workers_[mark - 1], *this))
            patience.renew();
          else if (!patience.wait())
            std::this_thread::yield();
        }
      }
    }

    Deque deque_;
    Team& team_;
    unsigned number_;
  };

  bool steal(Worker& victim, Worker& thief) {
    Branch* const branch = victim.deque().steal();
    if (branch == nullptr) return false;
    branch->mark.store(thief.number() + 1, std::memory_order_relaxed);
    thief.call(*branch);
    return true;
  }

  std::chrono::nanoseconds spin_;
  FirstError& error_;
  std::deque<Worker> workers_;
};

}  // namespace fanout
