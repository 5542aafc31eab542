#include "executors/executor.hpp"
#include "executors/support/first_error.hpp"
#include "workloads/fork_join.hpp"

#ifndef FANOUT_MISSING
#include <omp.h>
#endif

namespace fanout {
namespace {

#ifdef FANOUT_MISSING

constexpr const char* kOpenmpMissing = FANOUT_MISSING;
const std::string kOpenmpLibrary;
class OpenmpStatic;
class OpenmpDynamic;
class OpenmpTasks;

#else

constexpr const char* kOpenmpMissing = "";
#ifdef __clang__
const std::string kOpenmpLibrary = "LLVM OpenMP, specification " + std::to_string(_OPENMP);
#else
const std::string kOpenmpLibrary = "libgomp " + std::to_string(__GNUC__);
#endif

/// Ends libgomp's threads, which would go on spinning. LLVM's libomp 14 aborts when asked to.
void end_threads() {
#ifndef __clang__
  omp_pause_resource_all(omp_pause_hard);
#endif
}

/// What the schedules share: a team of exactly `workers`, started with the executor and ended with it.
class Openmp : public Executor {
 public:
  explicit Openmp(const Options& options) : workers_(static_cast<int>(options.workers)) {
    omp_set_dynamic(0);  // OMP_DYNAMIC=1 would give fewer threads than asked for
#pragma omp parallel num_threads(workers_)
    {}
  }

  ~Openmp() override { end_threads(); }

  void run(const Job& job) final {
    run_all(job);
    error_.rethrow();
  }

 protected:
  virtual void run_all(const Job& job) = 0;

  void run_range(const Job& job, std::size_t first, std::size_t last) {
    error_.guard([&] { job.run(first, last); });
  }

  int workers_;
  FirstError error_;
};

/// schedule(static): a contiguous share a worker, fixed in advance.
class OpenmpStatic final : public Openmp {
 public:
  using Openmp::Openmp;

 private:
  void run_all(const Job& job) override {
    const std::size_t tasks = job.tasks;
    const auto workers = static_cast<std::size_t>(workers_);
#pragma omp parallel for schedule(static) num_threads(workers_) firstprivate(job)
    for (std::size_t worker = 0; worker < workers; ++worker) {
      const std::size_t first = tasks * worker / workers;
      const std::size_t last = tasks * (worker + 1) / workers;
      if (first < last) run_range(job, first, last);
    }
  }
};

/// schedule(dynamic, 1): single tasks from a shared counter.
class OpenmpDynamic final : public Openmp {
 public:
  using Openmp::Openmp;

 private:
  void run_all(const Job& job) override {
    const std::size_t tasks = job.tasks;
#pragma omp parallel for schedule(dynamic, 1) num_threads(workers_)
    for (std::size_t i = 0; i < tasks; ++i) run_range(job, i, i + 1);
  }
};

/// A task for each branch of a fork but the first, and taskwait. Nothing may be thrown out of a task.
class OpenmpFork final : public Fork {
 public:
  explicit OpenmpFork(FirstError& error) : error_(error) {}

  void all(Branches branches) override {
    if (branches.size() == 0) return;
    for (std::size_t i = 1; i < branches.size(); ++i) {
      Branch* const branch = &branches[i];
#pragma omp task firstprivate(branch)
      call(*branch);
    }
    call(branches[0]);
#pragma omp taskwait
  }

 private:
  void call(Branch& branch) {
    error_.guard([&] { branch.call(branch, *this); });
  }

  FirstError& error_;
};

/// One worker creates an explicit task for each task, all of them run what there is.
class OpenmpTasks final : public Openmp {
 public:
  using Openmp::Openmp;

 private:
  void run_all(const Job& job) override {
    const std::size_t tasks = job.tasks;
    if (job.forks) return run_forking(job);
    const auto body = [this, &job](std::size_t i) { run_range(job, i, i + 1); };  // a task then carries two words
#pragma omp parallel num_threads(workers_)
#pragma omp single
    for (std::size_t i = 0; i < tasks; ++i) {
#pragma omp task firstprivate(i) shared(body)
      body(i);
    }
  }

  void run_forking(const Job& job) {
    const std::size_t tasks = job.tasks;
    OpenmpFork fork(error_);
#pragma omp parallel num_threads(workers_)
#pragma omp single
    for (std::size_t i = 0; i < tasks; ++i) {
#pragma omp task firstprivate(i) shared(job, fork)
      {
        const Fork::Scope scope(fork);
        run_range(job, i, i + 1);
      }
    }
  }
};

#endif

const ExecutorEntry openmp_common{.family = "openmp",
                                  .library = kOpenmpLibrary,
                                  .idle = "spins for milliseconds, then parks (OMP_WAIT_POLICY decides)",
                                  .missing = kOpenmpMissing};

const Executors::Add openmp_added[] = {
    Executors::Add(openmp_common.variant("openmp_static", "OpenMP for, schedule(static)", opener<OpenmpStatic>())),
    Executors::Add(
        openmp_common.variant("openmp_dynamic", "OpenMP for, schedule(dynamic, 1)", opener<OpenmpDynamic>())),
    Executors::Add(openmp_common.variant("openmp_tasks", "OpenMP task, one for each task", opener<OpenmpTasks>())
                       .extra()
                       .forking()),
};

}  // namespace
}  // namespace fanout
