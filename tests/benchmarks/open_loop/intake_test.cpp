#include <csignal>

#include "tests/benchmarks/open_loop/open_loop_fixture.hpp"

namespace fanout {
namespace {

using testing::arriving;
using ::testing::HasSubstr;
using testing::Tasks;
using testing::window_of;

bool takes_arrivals(const ExecutorEntry& entry) { return entry.submits && entry.missing.empty(); }

/// Whatever executor has the door.
class Door : public ::testing::TestWithParam<std::string> {
 protected:
  const ExecutorEntry& entry = testing::executor(GetParam());
};

TEST_P(Door, IsTheOneThatIsDeclared) {
  const auto executor = testing::start(entry, 2);
  EXPECT_NE(executor->intake(), nullptr);
}

TEST_P(Door, TakesEachTaskOnceByAtMostSoManyWorkers) {
  for (const unsigned workers : {1U, 2U, 5U}) {
    SCOPED_TRACE(workers);
    const Shared<std::atomic<unsigned>> inside;
    const Shared<std::atomic<unsigned>> most;
    Tasks work(7, [&](std::size_t) {
      const unsigned now = ++*inside;
      for (unsigned seen = *most; seen < now && !most->compare_exchange_weak(seen, now);) {
      }
      testing::hold(std::chrono::microseconds(100));
      --*inside;
    });
    const auto evidence = window_of(work, entry, workers, arriving(2'000));
    EXPECT_NEAR(evidence["offered"].get<double>(), 200, 80);
    EXPECT_EQ(evidence["done"], evidence["offered"]);
    EXPECT_EQ(evidence["dropped"], 0);
    EXPECT_EQ(evidence["given_up"], 0);
    EXPECT_EQ(evidence["missed"], 0);
    for (const char* times : {"lateness", "queueing", "service", "latency"})
      EXPECT_EQ(evidence[times]["count"], evidence["offered"]) << times;
    EXPECT_GE(evidence["service"]["min"], 100e-6);
    EXPECT_GE(evidence["latency"]["max"], evidence["service"]["max"]);
    EXPECT_LE(*most, workers);
  }
}

TEST_P(Door, TakesResultsOfManyWords) {
  const auto& map = *Workloads::find("map");
  const auto work = map.build(Values("map", map.parameters, {{"tasks", "5"}, {"result_bytes", "1KiB"}}), 7);
  EXPECT_GT(window_of(*work, entry, 2, arriving(500))["done"], 10);
}

TEST_P(Door, CarriesWhatATaskThrows) {
  Tasks bad(10, [](std::size_t i) {
    if (i == 7) throw std::runtime_error("number " + std::to_string(i));
  });
  Tasks good(10, [](std::size_t) {});
  const Options options = entry.options(2, 2);
  Ledger ledger(bad);
  Ledger afterwards(good);
  const Measuring measuring = arriving(1'000);
  OpenLoop loop(bad, ledger, true, options, measuring);
  const auto executor = entry.open({}, options);
  try {
    loop.run(*executor);
    ADD_FAILURE() << "nothing was thrown";
  } catch (...) {
    EXPECT_EQ(std::string(caught().what()), "number 7");
  }
  testing::expect_law(*executor, good, afterwards);
}

INSTANTIATE_TEST_SUITE_P(Executors, Door, ::testing::ValuesIn(testing::executor_names(takes_arrivals)),
                         [](const auto& info) { return info.param; });

TEST(Intake, IsWhatEntriesSay) {
  for (const ExecutorEntry& entry : Executors::all()) {
    if (!entry.missing.empty() || entry.submits) continue;
    EXPECT_EQ(testing::start(entry, entry.kind == ExecutorEntry::Kind::serial ? 1 : 2)->intake(), nullptr)
        << entry.name;
  }
  EXPECT_GE(testing::executor_names(takes_arrivals).size(), 8U);
}

class DoorOfProcesses : public ::testing::TestWithParam<std::string> {};

TEST_P(DoorOfProcesses, TellsOfADeath) {
  const ExecutorEntry& entry = testing::executor(GetParam());
  Tasks deadly(10, [](std::size_t i) {
    if (i == 7) raise(SIGKILL);
  });
  const Options options = entry.options(2, 2);
  Ledger ledger(deadly);
  Measuring measuring = arriving(1'000);
  for (const auto capacity : {std::optional<std::size_t>{}, std::optional<std::size_t>{2}}) {
    measuring.load->capacity = capacity;
    OpenLoop loop(deadly, ledger, true, options, measuring);
    const auto executor = entry.open({}, options);
    try {
      loop.run(*executor);
      ADD_FAILURE() << "nothing was thrown";
    } catch (...) {
      EXPECT_THAT(caught().what(), HasSubstr("killed by signal 9"));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Executors, DoorOfProcesses,
                         ::testing::ValuesIn(testing::executor_names([](const ExecutorEntry& entry) {
                           return takes_arrivals(entry) && entry.kind == ExecutorEntry::Kind::processes;
                         })),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace fanout
