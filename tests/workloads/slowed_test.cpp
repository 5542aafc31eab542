#include "workloads/slowed.hpp"

#include <atomic>
#include <ctime>
#include <stdexcept>

#include "tests/tiny.hpp"

namespace fanout {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

nanoseconds cpu_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

/// Every virtual with an answer that no other workload gives, and tasks that compute for so long.
class Peculiar : public Workload {
 public:
  Peculiar(std::size_t tasks, nanoseconds task) : tasks_(tasks), task_(task) {}
  std::size_t tasks() const override { return tasks_; }
  std::size_t width() const override { return 3; }
  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    for (std::size_t i = first; i < last; ++i) {
      for (const nanoseconds end = cpu_time() + task_; cpu_time() < end;) continue;
      deliver(out[(i - first) * 3], i + 1);
      ++runs;
    }
  }
  std::vector<std::uint64_t> expected() const override { return {7, 8, 9}; }
  nanoseconds minimum_time(unsigned workers) const override { return nanoseconds(workers); }
  std::optional<std::uint64_t> completed() const override { return 11; }
  State state() const override { return State::shared; }
  std::map<std::string, double> facts() const override { return {{"fact", 13}}; }

  mutable std::atomic<std::uint64_t> runs = 0;

 private:
  std::size_t tasks_;
  nanoseconds task_;
};

/// CPU time of all tasks, `grain` at a time, in times of what they take themselves.
double share(std::int64_t percent, std::size_t tasks, nanoseconds task, std::size_t grain) {
  const auto workload = slowed(std::make_unique<Peculiar>(tasks, task), percent);
  std::vector<std::uint64_t> digests(tasks * 3);
  const nanoseconds start = cpu_time();
  for (std::size_t i = 0; i < tasks; i += grain) workload->run(i, std::min(i + grain, tasks), digests);
  return static_cast<double>((cpu_time() - start).count()) / static_cast<double>((tasks * task).count());
}

/// Its jobs call other code than its virtual run(), which fails.
class Direct final : public Peculiar {
 public:
  Direct() : Peculiar(1, nanoseconds(0)) { call_directly(&call_run<Peculiar>, static_cast<const Peculiar*>(this)); }
  void run(std::size_t, std::size_t, std::span<std::uint64_t>) const override { throw std::logic_error("a copy"); }
};

TEST(Decorator, RunsTheVeryCodeThatRunsWithoutOne) {
  const Direct direct;
  std::vector<std::uint64_t> digests(3);
  Decorator(direct).run(0, 1, digests);
  slowed(std::make_unique<Direct>(), 100)->run(0, 1, digests);
  EXPECT_EQ(direct.runs, 1U);
  EXPECT_EQ(digests[0], 2U);
}

TEST(Slowed, ByNothingIsTheWorkloadItself) {
  auto workload = std::make_unique<Peculiar>(1, nanoseconds(0));
  const Workload* before = workload.get();
  EXPECT_EQ(slowed(std::move(workload), 0).get(), before);
}

TEST(Slowed, AnswersAsTheWorkloadDoes) {
  const auto workload = slowed(std::make_unique<Peculiar>(5, nanoseconds(0)), 50);
  EXPECT_EQ(workload->tasks(), 5U);
  EXPECT_EQ(workload->width(), 3U);
  EXPECT_EQ(workload->expected(), (std::vector<std::uint64_t>{7, 8, 9}));
  EXPECT_EQ(workload->minimum_time(17), nanoseconds(17));
  EXPECT_EQ(workload->completed(), 11U);
  EXPECT_EQ(workload->state(), Workload::State::shared);
  EXPECT_EQ(workload->async(), nullptr);
  EXPECT_EQ(workload->facts(), (std::map<std::string, double>{{"fact", 13}, {"slowdown", 50}}));
}

TEST(Slowed, RunsEachTaskOnce) {
  auto inner = std::make_unique<Peculiar>(100, nanoseconds(100));
  const Peculiar& peculiar = *inner;
  const auto workload = slowed(std::move(inner), 300);
  std::vector<std::uint64_t> digests(300);
  for (std::size_t i = 0; i < 100; i += 4) workload->run(i, i + 4, std::span(digests).subspan(i * 3));
  EXPECT_EQ(peculiar.runs, 100U);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(digests[i * 3], i + 1);
}

/// Of long tasks each is read, of short ones some; ranges of several count as much.
TEST(Slowed, BurnsTheShareAskedFor) {
  for (const auto& [task, grain] : std::vector<std::pair<microseconds, std::size_t>>{
           {microseconds(500), 1}, {microseconds(20), 1}, {microseconds(20), 7}, {microseconds(4), 1}}) {
    const std::size_t tasks = microseconds(40'000) / task;
    const double unslowed = share(0, tasks, task, grain);  // more than 1 under a sanitizer
    EXPECT_GT(share(100, tasks, task, grain) / unslowed, 1.5) << task.count();
    EXPECT_LT(share(100, tasks, task, grain) / unslowed, 3.0) << task.count();
    EXPECT_GT(share(400, tasks, task, grain) / unslowed, 3.5) << task.count();
    EXPECT_LT(share(400, tasks, task, grain) / unslowed, 8.0) << task.count();
  }
}

/// A thread that waits is not slowed for it.
TEST(Slowed, DoesNotBurnWhatWasSlept) {
  const auto& entry = *Workloads::find("sleep");
  const Values values("sleep", entry.parameters, {{"tasks", "4"}, {"duration", "20ms"}});
  struct Sleeper final : Peculiar {
    explicit Sleeper(std::unique_ptr<Workload> sleep) : Peculiar(4, nanoseconds(0)), sleep_(std::move(sleep)) {}
    void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
      sleep_->run(first, last, out);
    }
    std::unique_ptr<Workload> sleep_;
  };
  const auto workload = slowed(std::make_unique<Sleeper>(entry.build(values, 1)), 100);
  std::vector<std::uint64_t> digests(12);
  const nanoseconds start = cpu_time();
  workload->run(0, 4, digests);
  EXPECT_LT(cpu_time() - start, std::chrono::milliseconds(20));
}

TEST(Slowed, IsNothingForCoroutines) {
  const auto& entry = *Workloads::find("sleep");
  EXPECT_THROW((void)slowed(entry.build(Values("sleep", entry.parameters, {}), 1), 5), std::logic_error);
}

/// Digests stay what they were: a slowed workload does the same work.
TEST(Slowed, OnesOfTheRegistryComputeTheSame) {
  for (const std::string name : {"math", "search"}) {
    const auto& entry = *Workloads::find(name);
    const Values slow(name, entry.parameters, {{"tasks", "5"}, {"size", "100"}, {"slowdown", "30"}});
    const auto workload = entry.build(slow, 1);
    std::vector<std::uint64_t> digests(5);
    workload->run(0, 5, digests);
    EXPECT_EQ(digests, workload->expected()) << name;
    EXPECT_EQ(workload->facts().at("slowdown"), 30) << name;
  }
}

}  // namespace
}  // namespace fanout
