#include "core/failure.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <functional>
#include <new>
#include <system_error>
#include <thread>

namespace fanout {
namespace {

/// Kind and reason of the failure that comes of throwing this in the stage "run".
std::string failure_of(const std::function<void()>& body) {
  try {
    during("run", body);
  } catch (const Error& error) {
    return error.kind + ": " + error.what();
  }
  return "none";
}

std::function<void()> refuses(int code, const char* what) {
  return [=] { throw std::system_error(code, std::generic_category(), what); };
}

TEST(During, NamesTheStage) {
  EXPECT_EQ(failure_of([] {}), "none");
  EXPECT_EQ(failure_of([] { throw std::runtime_error("broke down"); }), "run: broke down");
  EXPECT_EQ(failure_of([] { throw std::runtime_error(""); }), "run: an exception without a message");
  EXPECT_EQ(failure_of([] { throw 42; }), "run: something that is no std::exception");  // NOLINT
  EXPECT_EQ(failure_of(refuses(EINTR, "poll")), "run: poll: Interrupted system call");
  EXPECT_EQ(failure_of([] { throw Error("process 7 was killed", {.signal = 9, .worker = 7}); }),
            "run: process 7 was killed");
}

TEST(During, KeepsAnInnerStageAndWhatIsUnavailable) {
  EXPECT_EQ(failure_of([] { throw Error("no", {}, "open"); }), "open: no");
  EXPECT_EQ(failure_of([] { throw Unavailable("install it"); }), "unavailable: install it");
}

TEST(During, TellsWhatTheSystemRefused) {
  EXPECT_EQ(failure_of([] { throw std::bad_alloc(); }), "memory: std::bad_alloc");
  EXPECT_EQ(failure_of(refuses(ENOMEM, "shared memory")), "memory: shared memory: Cannot allocate memory");
  EXPECT_EQ(failure_of(refuses(EAGAIN, "fork")), "threads: fork: Resource temporarily unavailable");
}

/// As from a worker that is a process: the cause decides, and no sentence does.
TEST(During, TellsItByTheCauseAlone) {
  EXPECT_EQ(failure_of([] { throw Error("a worker gave up", {.error = ENOMEM}); }), "memory: a worker gave up");
  EXPECT_EQ(failure_of([] { throw std::runtime_error("std::bad_alloc"); }), "run: std::bad_alloc");
}

TEST(Caught, KnowsTheErrorNumber) {
  const auto error_of = [](const std::function<void()>& body) {
    try {
      body();
    } catch (...) {
      return caught().cause.error.value_or(0);
    }
    return -1;
  };
  EXPECT_EQ(error_of(refuses(EMFILE, "eventfd")), EMFILE);
  EXPECT_EQ(error_of([] { throw std::bad_alloc(); }), ENOMEM);
  EXPECT_EQ(error_of([] { throw std::runtime_error("std::bad_alloc"); }), 0);
}

std::string thrown_for(int status) {
  return failure_of([=] { throw_kept_failure(status); });
}

TEST(KeptFailure, IsThrownOnceByTheThreadThatKeptIt) {
  try {
    throw Error("no", {.task = 3}, "receipt");
  } catch (...) {
    EXPECT_NE(keep_failure(), 0);
  }
  std::string elsewhere;
  std::thread([&] { elsewhere = thrown_for(4); }).join();
  EXPECT_EQ(elsewhere, "run: it failed with status 4 and without a message");
  EXPECT_EQ(thrown_for(1), "receipt: no");
  EXPECT_EQ(thrown_for(1), "run: it failed with status 1 and without a message");
}

TEST(KeptFailure, TheFirstOfAllThreadsIsToBeHadOnce) {
  first_kept_failure();
  std::thread([] { keep_failure("first"); }).join();
  keep_failure("second");
  const auto first = first_kept_failure();
  EXPECT_EQ(failure_of([&] { std::rethrow_exception(first); }), "run: first");
  EXPECT_EQ(first_kept_failure(), nullptr);
}

}  // namespace
}  // namespace fanout
