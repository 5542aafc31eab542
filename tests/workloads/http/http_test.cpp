// The workload http against its embedded server.

#include <sys/wait.h>

#include <csignal>
#include <cstdlib>

#include "tests/workloads/http/http_fixture.hpp"

namespace fanout::testing::http {
namespace {

TEST(Http, DeclaresItself) {
  EXPECT_TRUE(entry().waits);
  EXPECT_EQ((Values{"http", entry().parameters, {}}.name()),
            "requests:26/latency:20ms/size:64KiB/keepalive:yes/jitter:0");
}

TEST(Http, FetchesWhatIsExpectedAndIsCounted) {
  for (const auto* keepalive : {"yes", "no"}) {
    const auto http = build({{"requests", "40"}, {"latency", "1ms"}, {"jitter", "50"}, {"keepalive", keepalive}}, 9);
    for (const std::size_t threads : {1U, 8U, 64U}) {
      const auto before = http->completed().value();
      EXPECT_EQ(run(*http, threads), http->expected());
      EXPECT_EQ(http->completed().value() - before, 40U);
    }
  }
}

TEST(Http, DigestsDifferByTaskAndSeed) {
  const Given given{{"requests", "5"}, {"latency", "0s"}, {"size", "1KiB"}};
  auto digests = build(given, 1)->expected();
  for (const auto digest : build(given, 2)->expected()) digests.push_back(digest);
  std::ranges::sort(digests);
  EXPECT_EQ(std::ranges::adjacent_find(digests), digests.end());
}

TEST(Http, HasNothingToDoWithoutTasks) {
  const auto http = build({{"requests", "0"}});
  EXPECT_TRUE(run(*http).empty());
  EXPECT_EQ(http->minimum_time(4), 0ns);
  EXPECT_EQ(http->completed(), 0U);
}

TEST(Http, CannotBeFasterThanTheLatency) {
  const auto even = build({{"requests", "5"}, {"latency", "20ms"}});
  EXPECT_EQ(even->minimum_time(1), 100ms);
  EXPECT_EQ(even->minimum_time(2), 60ms);
  EXPECT_EQ(even->minimum_time(4), 40ms);
  EXPECT_EQ(even->minimum_time(100), 20ms);
  const auto uneven = build({{"requests", "50"}, {"latency", "2ms"}, {"jitter", "100"}});
  EXPECT_GT(uneven->minimum_time(50), 3ms);
  EXPECT_LT(uneven->minimum_time(50), 4ms + 1ns);
  const auto start = std::chrono::steady_clock::now();
  run(*uneven, 8);
  EXPECT_GE(std::chrono::steady_clock::now() - start, uneven->minimum_time(8));
}

TEST(Http, IgnoresTheEnvironmentsProxyForItsOwnServer) {
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  const auto http = build({{"requests", "2"}, {"latency", "0s"}});
  std::vector<std::uint64_t> digests(2);
  std::string error;
  std::jthread{[&] { error = complaint([&] { http->run(0, 2, digests); }); }}.join();  // with a handle of its own
  unsetenv("http_proxy");
  EXPECT_EQ(error, "");
  EXPECT_EQ(digests, http->expected());
}

TEST(Http, FetchesRightBodiesInAForkedChild) {
  const auto http = build({{"requests", "20"}, {"latency", "1ms"}, {"size", "4KiB"}});
  const auto expected = http->expected();
  std::vector<std::uint64_t> digests(20);
  http->run(0, 20, digests);  // this thread has a handle and a connection now
  const pid_t child = fork();
  if (child == 0) {
    std::vector<std::uint64_t> own(20);
    for (int batch = 0; batch < 10; ++batch) {
      std::ranges::fill(own, 0);
      http->run(0, 20, own);
      if (own != expected) _exit(1);
    }
    _exit(0);
  }
  for (int batch = 0; batch < 10; ++batch) {  // at the same time
    std::ranges::fill(digests, 0);
    http->run(0, 20, digests);
    EXPECT_EQ(digests, expected);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(http->completed(), 20U + 200U + 200U);
}

TEST(Http, FailsWhereItsServerDies) {
  const auto http = build({{"requests", "4"}, {"latency", "5s"}});
  std::vector<std::uint64_t> digests(4);
  std::string during;
  std::jthread worker{[&] { during = complaint([&] { http->run(0, 4, digests); }); }};
  std::this_thread::sleep_for(200ms);
  const pid_t server = servers().at(0);
  kill(server, SIGKILL);
  worker.join();
  siginfo_t ended{};
  waitid(P_PID, static_cast<id_t>(server), &ended,
         WEXITED | WNOWAIT);  // its port is free, and it is still to be reaped
  expect_says(during, "/image/0: ");
  const auto after = complaint([&] { http->run(1, 2, digests); });
  expect_says(after, "/image/1: cannot connect: Connection refused");
  EXPECT_NE(complaint([&] { static_cast<void>(http->completed()); }), "");
}

}  // namespace
}  // namespace fanout::testing::http
