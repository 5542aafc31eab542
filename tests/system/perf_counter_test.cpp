#include "system/perf_counter.hpp"

#include <gmock/gmock.h>
#include <linux/perf_event.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

namespace fanout {
namespace {

using ::testing::HasSubstr;

TEST(PerfCounter, SaysWhyThereIsNone) {
  for (const int error : {ENOENT, ENODEV, EOPNOTSUPP}) EXPECT_THAT(why_no_counter(error), HasSubstr("no PMU"));
  EXPECT_THAT(why_no_counter(EPERM), HasSubstr("seccomp"));
  EXPECT_THAT(why_no_counter(ENOSYS), HasSubstr("built without"));
  EXPECT_THAT(why_no_counter(EMFILE), HasSubstr("Too many open files"));
}

TEST(PerfCounter, SaysHowParanoidTheKernelIs) {
  std::string name = ::testing::TempDir() + "fanout_paranoid_XXXXXX";
  const std::filesystem::path proc = mkdtemp(name.data());
  EXPECT_THAT(why_no_counter(EACCES, proc), HasSubstr("perf_event_paranoid is unknown"));
  std::filesystem::create_directories(proc / "sys/kernel");
  std::ofstream(proc / "sys/kernel/perf_event_paranoid") << "3\n";
  EXPECT_THAT(why_no_counter(EACCES, proc), HasSubstr("perf_event_paranoid is 3"));
  std::filesystem::remove_all(proc);
}

TEST(PerfCounter, OfNoThreadIsAnErrorAndCountsNothing) {
  const PerfCounter counter({PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS}, 1 << 30);
  EXPECT_NE(counter.error(), 0);
  counter.enable();
  counter.disable();
  EXPECT_EQ(counter.count(), 0);
}

}  // namespace
}  // namespace fanout
