#include "benchmarks/growth.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "benchmarks/listing.hpp"
#include "benchmarks/selection.hpp"

namespace fanout {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

/// Cells of weak scaling.
std::vector<Cell> weak_cells(Request request) {
  request.weak = true;
  return select(request, 3);
}

std::string weak_refusal(const Request& request) {
  try {
    weak_cells(request);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Growth, NWorkersDoNTimesTheWorkOfACaseNamedByThatOfOne) {
  const auto cells = weak_cells({.workloads = {"overhead"}, .executors = {"pool", "serial"}, .workers = {"1", "3"}});
  ASSERT_EQ(cells.size(), 3U);
  for (const Cell& cell : cells) {
    EXPECT_EQ(cell.values.number("tasks"), 10'000 * cell.workers) << cell.name();
    EXPECT_EQ(cell.workload->build(cell.values, 1)->tasks(), 10'000 * cell.workers) << cell.name();
    EXPECT_EQ(cell.case_name(), "overhead/scaling:weak/tasks:10000");
    const auto json = cell.as_json();
    EXPECT_EQ(json["scaling"], "weak");
    EXPECT_EQ(json["work"], cell.workers);
    EXPECT_EQ(json["roles"]["tasks"], 10'000 * cell.workers) << "as they were run";
  }
  EXPECT_EQ(cells[1].name(), "overhead/pool/workers:3/scaling:weak/tasks:10000");
}

TEST(Growth, StrongScalingIsAsItWas) {
  const auto cells = select({.workloads = {"overhead"}, .executors = {"pool"}, .workers = {"3"}}, 3);
  ASSERT_EQ(cells.size(), 1U);
  EXPECT_EQ(cells[0].name(), "overhead/pool/workers:3/tasks:10000");
  EXPECT_EQ(cells[0].values.number("tasks"), 10'000);
  EXPECT_EQ(cells[0].as_json()["scaling"], "strong");
  EXPECT_EQ(cells[0].as_json()["work"], 1);
}

/// What runs one cell alone does not grow it twice.
TEST(Growth, ArgumentsGiveTheSameCellAgain) {
  const auto cells = weak_cells({.workloads = {"math"},
                                 .executors = {"pool"},
                                 .workers = {"2"},
                                 .lifecycle = "cold",
                                 .settings = {"math.tasks=8", "math.kernel=pi"}});
  ASSERT_EQ(cells.size(), 1U);
  EXPECT_THAT(cells[0].arguments(), AllOf(Contains("--scaling=weak"), Contains("--set=math.tasks=8")));
  EXPECT_EQ(cells[0].name(), "math/pool/workers:2/lifecycle:cold/scaling:weak/kernel:pi/tasks:8/size:100000");
}

TEST(Growth, SlicesOfOneTextOrArrayGrowWithIt) {
  for (const auto& cell : weak_cells({.workloads = {"search", "stream"}, .executors = {"pool"}, .workers = {"2"}})) {
    const bool text = cell.workload->name == "search";
    EXPECT_EQ(cell.values.number("tasks"), 512) << cell.name();
    EXPECT_EQ(cell.values.number("size"), text ? 16'000'000 : 128 << 20) << cell.name();
  }
  const auto keys = weak_cells(
      {.workloads = {"search"}, .executors = {"pool"}, .workers = {"2"}, .settings = {"search.algorithm=linear"}});
  EXPECT_EQ(keys.at(0).values.number("tasks"), 512);
  EXPECT_EQ(keys.at(0).values.number("size"), 200'000) << "what each key is searched in";
}

/// Also one from elsewhere, of which nobody has said what grows.
TEST(Growth, EveryWorkloadGrowsOrSaysWhyNot) {
  for (const WorkloadEntry& entry : Workloads::all()) {
    for (const auto& [choice, growth] : growths(entry)) {
      EXPECT_NE(growth.parameters.empty(), growth.reason.empty()) << entry.name << " " << choice;
      for (const std::string& name : growth.parameters)
        EXPECT_TRUE(
            std::ranges::any_of(entry.parameters, [&](const auto& one) { return one.name == name && one.is_number(); }))
            << entry.name << "." << name;
    }
  }
  const WorkloadEntry bare{.name = "bare", .parameters = {Parameter::count("rounds", "", "", 1, 1, 9)}};
  EXPECT_THROW(grown(bare, Values("bare", bare.parameters, {}), 2), UsageError);
}

TEST(Growth, RefusesWhatDoesNotGrow) {
  const auto queens = weak_refusal({.workloads = {"search"}, .settings = {"search.algorithm=nqueens"}});
  EXPECT_THAT(queens, AllOf(HasSubstr("--scaling=weak: the work of search.algorithm=nqueens does not grow"),
                            HasSubstr("a board's order"), HasSubstr("leave it out")));
  EXPECT_THAT(weak_refusal({.workloads = {"exec"}, .settings = {"exec.inputs=/proc/self/exe"}}),
              HasSubstr("does not grow with the workers: inputs is given in place of tasks"));
  EXPECT_THAT(weak_refusal({.workloads = {"overhead"}, .executors = {"pool"}, .workers = {"4096"}}),
              HasSubstr("--scaling=weak on 4096 workers: --set=overhead.tasks=40960000: accepted: 0 .. 10000000"));
  EXPECT_THAT(weak_refusal({.workloads = {"math"}, .workers = {"4"}, .settings = {"math.size=1000000"}}),
              AllOf(HasSubstr("--scaling=weak on 4 workers"), HasSubstr("primes takes tasks x size")));
}

TEST(Growth, IsListed) {
  EXPECT_THAT(list_for_people(2), AllOf(HasSubstr("--scaling=weak multiplies by the workers: requests"),
                                        HasSubstr("tasks; nqueens: refused, since a board's order"),
                                        HasSubstr("substring: tasks and size")));
  const auto listed = nlohmann::json::parse(list_as_json(2))["workloads"];
  for (const auto& entry : listed) EXPECT_FALSE(entry["weak"].empty()) << entry["name"];
}

}  // namespace
}  // namespace fanout
