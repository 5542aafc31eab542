#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/values.hpp"

namespace fanout {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::vector<Parameter> kParameters{
    Parameter::choice("kernel", "", {"primes", "pi"}),
    Parameter::count("tasks", "", "tasks", 256, 0, 1000),
    Parameter::duration("latency", "", "20ms", "0s", "60s"),
    Parameter::bytes("size", "", "64KiB", "1KiB", "1MiB").sized_for({{"pi", "2KiB"}}),
    Parameter::count("rate", "", "", 0, 0, 10).unnamed(),
    Parameter::count("length", "", "", 5, 0, 10).replaced_by("text"),
    Parameter::file("text", ""),
    Parameter::count("points", "", "", 3, 1, 10).only_for({"pi"}),
    Parameter::count("slowdown", "", "percent", 0, 0, 1000).hidden(),
};

Values values(const std::map<std::string, std::string>& given) { return {"w", kParameters, given}; }

std::string refusal_of(const std::map<std::string, std::string>& given) {
  try {
    values(given);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Values, HaveDefaultsThatFollowTheFirstChoice) {
  EXPECT_EQ(values({}).name(), "kernel:primes/tasks:256/latency:20ms/size:64KiB/length:5");
  EXPECT_EQ(values({{"kernel", "pi"}}).number("size"), 2048);
  EXPECT_EQ(values({{"kernel", "pi"}, {"size", "1MiB"}}).number("size"), 1 << 20);
}

TEST(Values, MayMeanNothingToAChoice) {
  EXPECT_EQ(values({{"kernel", "pi"}, {"points", "4"}}).name(),
            "kernel:pi/tasks:256/latency:20ms/size:2KiB/length:5/points:4");
  EXPECT_EQ(refusal_of({{"points", "4"}}), "--set=w.points=4: only for w.kernel=pi");
  EXPECT_EQ(refusal_of({{"points", "3"}}), "accepted");
  EXPECT_THAT(refusal_of({{"points", "11"}}), HasSubstr("accepted: 1 .. 10"));
}

TEST(Values, AreSpeltInOneWay) {
  EXPECT_EQ(values({{"latency", "0.5s"}}).name(), values({{"latency", "500ms"}}).name());
  EXPECT_EQ(values({{"latency", "1.5ms"}}).text("latency"), "1500us");
  EXPECT_EQ(values({{"latency", "1.5ms"}}).number("latency"), 1'500'000);
  for (const std::string exact : {"4.1ms", "16.1ms", "1.005ms", "1.001us", "0.07s"})
    EXPECT_NO_THROW(values({{"latency", exact}})) << exact;
  EXPECT_EQ(values({{"latency", "4.1ms"}}).text("latency"), "4100us");
  EXPECT_EQ(values({{"size", "1.5KiB"}}).text("size"), "1536B");
  EXPECT_EQ(values({{"tasks", "1e2"}}).text("tasks"), "100");
}

TEST(Values, RefuseWhatIsNotAccepted) {
  EXPECT_EQ(refusal_of({{"tasks", "1001"}}), "--set=w.tasks=1001: accepted: 0 .. 1000 (tasks)");
  EXPECT_EQ(refusal_of({{"kernel", "sin"}}), "--set=w.kernel=sin: accepted: primes | pi");
  EXPECT_THAT(refusal_of({{"latency", "61s"}}), HasSubstr("0ns .. 60s"));
  EXPECT_THAT(refusal_of({{"speed", "1"}}),
              HasSubstr("it has: kernel, tasks, latency, size, rate, length, text, points"));
  EXPECT_THROW(parse_number(Parameter::Type::count, "nan"), UsageError);
  for (const std::string bad : {"", "-1", "1.5", "1x", "0x10", "nan", "inf", "1 ", " 1", "99999999999999999999"})
    EXPECT_THAT(refusal_of({{"tasks", bad}}), HasSubstr("accepted: 0 .. 1000")) << bad;
  for (const std::string bad : {"5", "5m", "0.1ns", "-1ms", "ms"})
    EXPECT_THAT(refusal_of({{"latency", bad}}), HasSubstr("--set=w.latency=")) << bad;
  EXPECT_THAT(refusal_of({{"text", "/nowhere/at/all"}}), HasSubstr("readable file"));
  EXPECT_THAT(refusal_of({{"text", "/"}}), HasSubstr("readable file"));
  EXPECT_THAT(refusal_of({{"text", std::string(5000, 'x')}}), HasSubstr("readable file"));
}

TEST(Values, HiddenAreTakenButNeitherNamedNorSaid) {
  EXPECT_EQ(values({{"slowdown", "5"}}).number("slowdown"), 5);
  EXPECT_EQ(values({{"slowdown", "5"}}).name(), values({}).name());
  EXPECT_EQ(refusal_of({{"slowdown", "1001"}}), "--set=w.slowdown=1001: accepted: 0 .. 1000 (percent)");
  EXPECT_THAT(refusal_of({{"speed", "1"}}), Not(HasSubstr("slowdown")));
}

/// A file's name may not break a cell's name apart.
TEST(Values, NameAFileByItsLastComponent) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "fanout\n\xff_test";
  std::ofstream(path) << "text";
  EXPECT_THAT(values({{"text", path.string()}}).name(),
              AllOf(HasSubstr("/text:fanout___test"), Not(HasSubstr("length"))));
  std::filesystem::remove(path);
}

TEST(Values, AWordStandsForANumber) {
  const std::vector<Parameter> parameters{
      Parameter::count("in_flight", "", "tasks", 0, 1, 100).by_default("all").as(role::kInFlight)};
  const Values standard("e", parameters, {});
  EXPECT_EQ(standard.name(), "in_flight:all");
  EXPECT_EQ(standard.number("in_flight"), 0);
  const Values given("e", parameters, {{"in_flight", "1e1"}});
  EXPECT_EQ(given.number_of(role::kInFlight), 10);
  EXPECT_EQ(given.number_of(role::kGrain), std::nullopt);
  EXPECT_EQ(given.name(), "in_flight:10");
}

TEST(Values, AreSplitAtCommasWhereAListMakesSense) {
  const auto split = [](const std::string& parameter, const std::string& text) {
    return split_values("w", kParameters, parameter, text);
  };
  EXPECT_THAT(split("tasks", "1,2"), ::testing::ElementsAre("1", "2"));
  EXPECT_THAT(split("text", "a,b"), ::testing::ElementsAre("a,b")) << "the name of a file";
  EXPECT_THAT(split("tasks", ""), ::testing::ElementsAre(""));
  EXPECT_THROW((void)split("rate", "1,2"), UsageError);
}

TEST(Values, AskedForSomethingUndeclaredIsAnError) { EXPECT_THROW((void)values({}).number("x"), std::logic_error); }

}  // namespace
}  // namespace fanout
