#include "tests/tiny.hpp"

namespace fanout {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Given = std::map<std::string, std::string>;

const WorkloadEntry& map_entry() { return *Workloads::find("map"); }

std::unique_ptr<Workload> build(const Given& given) {
  const Values values("map", map_entry().parameters, given);
  map_entry().check(values);
  return map_entry().build(values, 1);
}

std::string refusal(const Given& given) {
  try {
    build(given);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Map, DeclaresItself) {
  EXPECT_FALSE(map_entry().waits);
  EXPECT_EQ(Values("map", map_entry().parameters, {}).name(), "tasks:200/result_bytes:8B");
}

TEST(Map, SquaresAndRepeats) {
  const auto map = build({{"tasks", "4"}, {"result_bytes", "24B"}});
  EXPECT_EQ(map->width(), 3U);
  EXPECT_EQ(map->expected(), (std::vector<std::uint64_t>{0, 0, 0, 1, 1, 1, 4, 4, 4, 9, 9, 9}));
  std::vector<std::uint64_t> digests(12, 77);
  map->run(1, 3, std::span(digests).subspan(3, 6));
  EXPECT_EQ(digests, (std::vector<std::uint64_t>{77, 77, 77, 78, 1, 1, 81, 4, 4, 77, 77, 77})) << "the first is added";
}

/// Both routes, up to squares beyond 32 bits, and at every kind of width.
TEST(Map, RunsAsExpected) {
  for (const Given& given : {Given{}, Given{{"tasks", "1000000"}}, Given{{"tasks", "3"}, {"result_bytes", "1MiB"}},
                             Given{{"tasks", "0"}, {"result_bytes", "1MiB"}}, Given{{"result_bytes", "65544B"}}}) {
    const auto map = build(given);
    std::vector<std::uint64_t> digests(map->tasks() * map->width());
    map->run(0, map->tasks(), digests);
    EXPECT_EQ(digests, map->expected());
  }
}

TEST(Map, RefusesPartsOfAWord) {
  EXPECT_EQ(refusal({{"result_bytes", "12B"}}), "--set=map.result_bytes=12B: accepted: multiples of 8B");
  EXPECT_THAT(refusal({{"result_bytes", "7B"}}), HasSubstr("8B .. 1MiB"));
}

TEST(Map, RefusesMoreThanMemoryShouldHold) {
  EXPECT_EQ(refusal({{"tasks", "1024"}, {"result_bytes", "1MiB"}}), "accepted");
  EXPECT_THAT(refusal({{"tasks", "1025"}, {"result_bytes", "1MiB"}}),
              AllOf(HasSubstr("1025 results take 1025MiB"), HasSubstr("up to 1GiB")));
  EXPECT_THAT(refusal({{"tasks", "1000000"}, {"result_bytes", "1MiB"}}), HasSubstr("up to 1GiB"));
}

}  // namespace
}  // namespace fanout
