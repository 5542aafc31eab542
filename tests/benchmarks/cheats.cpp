// Executors that do not do their work, linked into a fanout-bench of their own (fanout-cheats): each has to end among
// the failures, under every workload. All are honest in their first batch, which is the receipt's.

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "executors/executor.hpp"

namespace fanout {
namespace {

/// Every worker an even share, on a thread of its own.
void run_honestly(const Job& job, unsigned workers) {
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < workers; ++i)
    threads.emplace_back([&job, i, workers] { job.run(job.tasks * i / workers, job.tasks * (i + 1) / workers); });
}

class Cheat : public Executor {
 public:
  explicit Cheat(const Options& options) : workers(options.workers) {}

  void run(const Job& job) final {
    if (batches++ == 0)
      run_honestly(job, workers);
    else
      cheat(job);
    after(job);
  }

 protected:
  virtual void cheat(const Job& job) = 0;
  virtual void after(const Job& /*job*/) {}

  unsigned workers;
  int batches = 0;
};

/// Knows the digests of the first batch.
class Remembers : public Cheat {
 public:
  using Cheat::Cheat;

 protected:
  void after(const Job& job) final {
    if (batches == 1) first.assign(job.digests.begin(), job.digests.end());
  }

  std::vector<std::uint64_t> first;
};

/// Puts them where those of the other batches belong.
class Copies final : public Remembers {
 public:
  using Remembers::Remembers;
  void cheat(const Job& job) override { std::ranges::copy(first, job.digests.begin()); }
};

/// Adds them.
class Adds final : public Remembers {
 public:
  using Remembers::Remembers;
  void cheat(const Job& job) override {
    std::ranges::transform(job.digests, first, job.digests.begin(), std::plus<>());
  }
};

/// Works only where somebody has touched the digests since.
class WhenPoisoned final : public Cheat {
 public:
  using Cheat::Cheat;
  void cheat(const Job& job) override {
    if (!std::ranges::equal(job.digests, left_)) run_honestly(job, workers);
  }
  void after(const Job& job) override { left_.assign(job.digests.begin(), job.digests.end()); }

 private:
  std::vector<std::uint64_t> left_;
};

class Half final : public Cheat {
 public:
  using Cheat::Cheat;
  void cheat(const Job& job) override {
    Job half = job;
    half.tasks = job.tasks / 2;
    run_honestly(half, workers);
  }
};

class EverySecondBatch final : public Cheat {
 public:
  using Cheat::Cheat;
  void cheat(const Job& job) override {
    if (batches % 2 == 1) run_honestly(job, workers);
  }
};

class LosesRandomBatches final : public Cheat {
 public:
  using Cheat::Cheat;
  void cheat(const Job& job) override {
    if (random_() % 2 == 0) run_honestly(job, workers);
  }

 private:
  std::mt19937 random_{1};  // whose first number is odd
};

class FewerWorkers final : public Cheat {
 public:
  using Cheat::Cheat;
  void cheat(const Job& job) override { run_honestly(job, 1); }
};

/// Declared as processes, and threads all along.
class ThreadsOfTheParent final : public Cheat {
 public:
  using Cheat::Cheat;
  void cheat(const Job& job) override { run_honestly(job, workers); }
};

/// Comes back before the work is done, and goes on in the background.
class ReturnsEarly final : public Cheat {
 public:
  using Cheat::Cheat;
  void cheat(const Job& job) override {
    if (background_.joinable()) background_.join();
    background_ = std::jthread([job, workers = workers] { run_honestly(job, workers); });
  }

 private:
  std::jthread background_;
};

template <class C>
ExecutorEntry entry(const char* name, ExecutorEntry::Kind kind = ExecutorEntry::Kind::threads) {
  return {.name = name,
          .help = "cheats",
          .kind = kind,
          .forks = true,  // branches one after the other
          .family = "cheat",
          .library = "none",
          .open = opener<C>()};
}

const Executors::Add cheats_added[] = {
    Executors::Add(entry<Copies>("cheat_copies")),
    Executors::Add(entry<Adds>("cheat_adds")),
    Executors::Add(entry<WhenPoisoned>("cheat_poisoned")),
    Executors::Add(entry<Half>("cheat_half")),
    Executors::Add(entry<EverySecondBatch>("cheat_every_second")),
    Executors::Add(entry<LosesRandomBatches>("cheat_random")),
    Executors::Add(entry<FewerWorkers>("cheat_fewer_workers")),
    Executors::Add(entry<ThreadsOfTheParent>("cheat_threads", ExecutorEntry::Kind::processes)),
    Executors::Add(entry<ReturnsEarly>("cheat_early")),
};

}  // namespace
}  // namespace fanout
