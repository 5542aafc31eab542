#include "benchmarks/cell.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "benchmarks/selection.hpp"

namespace fanout {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;

Cell only(const Request& request) {
  const auto cells = select(request, 2);
  EXPECT_EQ(cells.size(), 1U);
  return cells.front();
}

const Request kRequest{.workloads = {"sleep"},
                       .executors = {"coroutines"},
                       .workers = {"2"},
                       .lifecycle = "cold",
                       .settings = {"coroutines.in_flight=16", "sleep.duration=0.5ms"}};

TEST(Cell, SaysAllThatItsNameIsMadeOf) {
  const json cell = json::parse(only(kRequest).as_json().dump());
  EXPECT_EQ(cell["name"], "sleep/coroutines/workers:2/in_flight:16/lifecycle:cold/tasks:64/duration:500us");
  EXPECT_EQ(cell["case"], "sleep/tasks:64/duration:500us");
  EXPECT_EQ(cell["contender"], "coroutines@16");
  EXPECT_EQ(cell["kind"], "loop");
  EXPECT_EQ(cell["waits"], true);
  EXPECT_EQ(cell["lifecycle"], "cold");
  EXPECT_EQ(cell["parameters"], (json{{"tasks", 64}, {"duration", 0.0005}}));
  EXPECT_EQ(cell["roles"], (json{{"tasks", 64}, {"duration", 0.0005}}));
  EXPECT_EQ(cell["executor_parameters"], (json{{"in_flight", 16}}));
}

/// The word that stands for a number is none.
TEST(Cell, HasNullForAWord) {
  Request request = kRequest;
  request.settings = {};
  const json cell = json::parse(only(request).as_json().dump());
  EXPECT_EQ(cell["contender"], "coroutines");
  EXPECT_EQ(cell["executor_roles"], (json{{"in_flight", nullptr}}));
}

/// Whatever is given comes back in the arguments, and they select this cell alone.
TEST(Cell, IsSelectedByItsArguments) {
  EXPECT_THAT(only(kRequest).arguments(),
              ElementsAre("--workloads=sleep", "--executors=coroutines", "--workers=2", "--lifecycle=cold",
                          "--set=coroutines.in_flight=16", "--set=sleep.duration=500us"));
  const Request commas{
      .workloads = {"search"}, .executors = {"pool"}, .workers = {"1"}, .settings = {"search.pattern=a,b"}};
  EXPECT_THAT(only(commas).arguments(), ::testing::Contains("--set=search.pattern=a,b")) << "one text, no list";
}

}  // namespace
}  // namespace fanout
