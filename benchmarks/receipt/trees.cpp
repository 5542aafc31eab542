#include <vector>

#include "benchmarks/receipt/visit.hpp"
#include "workloads/fork_join.hpp"

namespace fanout {
namespace {

/// Goes down the first branches of a tree, to count those that lie beside that way.
class Breadth final : public Fork {
 public:
  void all(Branches branches) override {
    if (branches.size() == 0 || std::exchange(back_, true)) return;
    beside_ += branches.size() - 1;
    back_ = false;
    branches[0].call(branches[0], *this);
    back_ = true;
  }
  [[nodiscard]] std::size_t beside() const { return beside_; }

 private:
  std::size_t beside_ = 0;
  bool back_ = false;  ///< on the way up
};

}  // namespace

/// Tasks, and branches beside the way down the first one, that workers can be in at the same time.
std::size_t Receipt::breadth_of(const Workload& workload) {
  if (!workload.forks() || workload.tasks() == 0) return workload.tasks();
  Breadth breadth;
  const Fork::Scope scope(breadth);
  std::vector<std::uint64_t> digest(workload.width());
  workload.run(0, 1, digest);
  return workload.tasks() + breadth.beside();
}

/// A worker's stay in a tree: from the first task or branch in which it is until it is in none any more.
class Receipt::Stay {
 public:
  /// Waits for the others where `waits`, or where the worker was in none before; but never where it `passes`.
  Stay(const Receipt& receipt, bool waits, bool passes) : fresh_(!std::exchange(inside_, true)) {
    if (fresh_) visit_.emplace(*receipt.workers_);
    if (waits || (fresh_ && !passes)) receipt.meet_workers();
  }
  Stay(const Stay&) = delete;
  Stay& operator=(const Stay&) = delete;
  ~Stay() {
    if (fresh_) inside_ = false;
  }

 private:
  static inline constinit thread_local bool inside_ = false;
  bool fresh_;
  std::optional<Visit> visit_;
};

/// Has workers meet in branches; where they have met, as good as nothing.
class Receipt::MeetingFork final : public Fork {
 public:
  /// The way that a worker has taken through the trees.
  struct Way {
    bool first;          ///< by nothing but first branches of the first task
    std::size_t beside;  ///< branches and tasks beside it
  };

  MeetingFork(const Receipt& receipt, Fork& inner, Way way) : receipt_(receipt), inner_(inner), way_(way) {}

  void all(Branches branches) override {
    if (receipt_.workers_->over) return inner_.all(branches);
    std::vector<Watched> watched(branches.size());
    for (std::size_t i = 0; i < branches.size(); ++i) {
      watched[i].receipt = &receipt_;
      watched[i].inner = &branches[i];
      watched[i].way = {way_.first && i == 0, way_.beside + branches.size() - 1};
    }
    way_.first = false;
    inner_.all(Branches(std::span(watched)));
  }

  static void run(const Receipt& receipt, Way way, Fork& fork, const auto& body) {
    const bool met = way.first && way.beside + 1 >= receipt.workers_->wanted;
    const Stay stay(receipt, met, way.first);
    MeetingFork meeting(receipt, fork, {way.first && !met, way.beside});
    body(meeting);
  }

 private:
  struct Watched : BranchOf<Watched> {
    void operator()(Fork& fork) const {
      run(*receipt, way, fork, [&](Fork& meeting) { inner->call(*inner, meeting); });
    }

    const Receipt* receipt = nullptr;
    Branch* inner = nullptr;
    Way way = {};
  };

  const Receipt& receipt_;
  Fork& inner_;
  Way way_;
};

void Receipt::run_tree(std::size_t task, std::span<std::uint64_t> out) const {
  MeetingFork::run(*this, {task == 0, tasks() - 1}, Fork::here(), [&](Fork& meeting) {
    const Fork::Scope scope(meeting);
    ++runs_[task];
    inner().run(task, task + 1, out);
  });
}

}  // namespace fanout
