#include <numeric>

#include "system/monotonic.hpp"
#include "tests/benchmarks/open_loop/open_loop_fixture.hpp"

namespace fanout {
namespace {

using std::chrono::microseconds;
using testing::arriving;
using ::testing::HasSubstr;
using testing::Tasks;
using testing::window_of;

const ExecutorEntry& lone_pool() { return testing::executor("pool"); }

/// An executor that runs what is submitted at once, but for what is wrong with it.
class Crooked final : public Executor, private Intake {
 public:
  explicit Crooked(std::function<void(const Job&, std::size_t)> submit) : submit_(std::move(submit)) {}
  void run(const Job& job) override { job.run(0, job.tasks); }
  Intake* intake() override { return this; }

 private:
  void begin(const Job& job) override { job_ = &job; }
  void submit(std::size_t task) override { submit_(*job_, task); }
  void finish() override {}

  std::function<void(const Job&, std::size_t)> submit_;
  const Job* job_ = nullptr;
};

std::string law_broken_by(std::function<void(const Job&, std::size_t)> submit) {
  Tasks work(7, [](std::size_t) {});
  Ledger ledger(work);
  const Measuring measuring = arriving(1'000);
  OpenLoop loop(work, ledger, true, {}, measuring);
  Crooked executor(std::move(submit));
  try {
    loop.run(executor);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(OpenLoop, HoldsIntakesToTheLaw) {
  const auto once = [](const Job& job, std::size_t task) { job.run(task, task + 1); };
  EXPECT_EQ(law_broken_by(once), "");
  EXPECT_THAT(law_broken_by([&](const Job& job, std::size_t task) {
                if (task != 11) once(job, task);
              }),
              HasSubstr("1 arrivals were never done"));
  EXPECT_THAT(law_broken_by([&](const Job& job, std::size_t task) {
                once(job, task);
                if (task == 11) once(job, task);
              }),
              HasSubstr("arrival 11 was not done exactly once"));
  EXPECT_THAT(law_broken_by([&](const Job& job, std::size_t task) {
                once(job, task);
                if (task == 11) job.digest(task)[0] += 1;
              }),
              HasSubstr("arrival 11"));
  EXPECT_THAT(law_broken_by([&](const Job& job, std::size_t task) { once(job, (task + 1) % job.tasks); }),
              HasSubstr("arrival"));
}

TEST(OpenLoop, DropsWhatFindsTheQueueFull) {
  Tasks slow(3, [](std::size_t) { testing::hold(microseconds(5'000)); });
  Measuring measuring = arriving(2'000);
  measuring.load->capacity = 4;
  measuring.load->drop = true;
  const auto evidence = window_of(slow, lone_pool(), 1, measuring);
  EXPECT_GT(evidence["dropped"], 50);
  EXPECT_EQ(evidence["done"].get<int>() + evidence["dropped"].get<int>(), evidence["offered"]);
  EXPECT_EQ(evidence["latency"]["count"], evidence["done"]);
  EXPECT_EQ(evidence["queue"]["most"], 4);
  EXPECT_EQ(evidence["queue"]["capacity"], 4);
  EXPECT_EQ(evidence["queue"]["policy"], "drop");
  EXPECT_EQ(evidence["queue"]["blocked"], 0);
}

/// What the generator waits for the queue is in the latencies, which count from when tasks should have begun.
TEST(OpenLoop, BlocksWhereTheQueueIsFullAndHidesNothing) {
  Tasks slow(3, [](std::size_t) { testing::hold(microseconds(5'000)); });
  Measuring measuring = arriving(1'000);
  measuring.load->arrivals = Load::Arrivals::constant;
  measuring.load->capacity = 4;
  const auto evidence = window_of(slow, lone_pool(), 1, measuring);
  EXPECT_EQ(evidence["offered"], 100);
  EXPECT_EQ(evidence["done"], 100);
  EXPECT_GT(evidence["queue"]["blocked"], 5);
  EXPECT_LE(evidence["queue"]["most"], 4);
  EXPECT_GT(evidence["queue"]["blocked_seconds"], 0.2);
  EXPECT_GT(evidence["latency"]["max"], 100 * 0.005 - 0.1 - 0.01);
  EXPECT_GT(evidence["behind"], 0.3);
  EXPECT_LT(evidence["throughput"], 201);
}

TEST(OpenLoop, GivesUpWhatIsLeftLongAfterTheWindow) {
  Tasks slow(3, [](std::size_t) { testing::hold(microseconds(20'000)); });
  const auto evidence = window_of(slow, lone_pool(), 1, arriving(1'000));
  EXPECT_GT(evidence["given_up"], 0);
  EXPECT_EQ(evidence["done"].get<int>() + evidence["given_up"].get<int>(), evidence["offered"]);
  EXPECT_EQ(evidence["latency"]["count"], evidence["done"]);
  EXPECT_GE(evidence["behind"], 0.9);
}

TEST(OpenLoop, EndsSoonWhereSomebodyWantsAnEnd) {
  Tasks slow(3, [](std::size_t) { testing::hold(microseconds(50'000)); });
  Measuring measuring = arriving(1'000);
  measuring.min_time = std::chrono::seconds(100);
  const std::jthread user([] {
    testing::hold(microseconds(200'000));
    interrupted = true;
  });
  const auto start = std::chrono::steady_clock::now();
  Ledger ledger(slow);
  const Options options = lone_pool().options(2, 2);
  OpenLoop loop(slow, ledger, true, options, measuring);
  const auto executor = lone_pool().open({}, options);
  loop.run(*executor);
  interrupted = false;
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

/// Mean times in the queue of one server, first come, first served.
struct Waits {
  double predicted = 0;  ///< from the times that tasks took (Lindley 1952): W' = max(0, W + service - gap)
  double measured = 0;
};

Waits waits_of_one_server() {
  std::vector<std::int64_t> services;
  Tasks work(50, [&services](std::size_t i) {
    const std::int64_t begin = monotonic_time();
    testing::hold(microseconds(500 + 100 * static_cast<std::int64_t>(i % 30)));
    services.push_back(monotonic_time() - begin);
  });
  Measuring measuring = arriving(300);
  measuring.min_time = std::chrono::milliseconds(500);
  const Options options = lone_pool().options(1, 2);
  Ledger ledger(work);
  OpenLoop loop(work, ledger, true, options, measuring);
  const auto executor = lone_pool().open({}, options);
  const auto evidence = loop.run(*executor);
  const auto times = arrival_times(*measuring.load, measuring.window(), measuring.seed);
  EXPECT_EQ(services.size(), evidence["done"]);
  double wait = 0;
  double sum = 0;
  for (std::size_t k = 0; k + 1 < services.size(); ++k) {
    wait = std::max(0.0, wait + static_cast<double>(services[k] - (times[k + 1] - times[k])));
    sum += wait;
  }
  return {sum / static_cast<double>(services.size()) / 1e9, evidence["queueing"]["mean"]};
}

/// What a busy machine takes between tasks, and from the generator, is in no task's time.
TEST(OpenLoop, OfOneServerFollowsLindley) {
  Waits waits;
  EXPECT_TRUE(testing::holds_once([&waits] {
    waits = waits_of_one_server();
    EXPECT_GT(waits.predicted, 0.0005) << "else there is nothing to compare";
    EXPECT_GT(waits.measured, 0.9 * waits.predicted);
    return waits.measured < 1.3 * waits.predicted + 0.001;
  })) << waits.measured
      << " s, where Lindley's recursion has " << waits.predicted;
}

}  // namespace
}  // namespace fanout
