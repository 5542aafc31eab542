#include "core/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tiny.hpp"

namespace fanout {
namespace {

struct Entry {
  std::string name;
  int value = 0;
};
using Entries = Registry<Entry>;

/// One test: the registry is the process's.
TEST(Registry, KeepsEntriesInOrderAndInPlace) {
  const Entries::Add announced{{"m", 1}};
  const Entry* m = Entries::find("m");
  ASSERT_NE(m, nullptr);
  Entries::add({"z", 2});
  Entries::add({"a", 3});
  EXPECT_EQ(Entries::find("m"), m) << "cells point to entries while others are added";
  EXPECT_THAT(Entries::all(),
              ::testing::ElementsAre(::testing::Field(&Entry::name, "a"), ::testing::Field(&Entry::name, "m"),
                                     ::testing::Field(&Entry::name, "z")));
  EXPECT_EQ(Entries::find("b"), nullptr);
  EXPECT_THROW(Entries::add({"z", 9}), std::logic_error);
  EXPECT_EQ(Entries::find("z")->value, 2);
}

/// --set=OWNER.PARAMETER means one thing.
TEST(Registry, OwnersOfParametersHaveDifferentNames) {
  for (const WorkloadEntry& workload : Workloads::all())
    EXPECT_EQ(Executors::find(workload.name), nullptr) << workload.name;
}

}  // namespace
}  // namespace fanout
