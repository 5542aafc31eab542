// The coroutine form of http: its own client, without TLS, redirects or proxies.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstdlib>

#include "executors/executor.hpp"
#include "tests/workloads/http/http_fixture.hpp"
#include "workloads/http/async.hpp"

namespace fanout::testing::http {
namespace {

std::unique_ptr<Executor> coroutines(unsigned workers) {
  const ExecutorEntry& entry = *Executors::find("coroutines");
  return entry.open({}, entry.options(workers, 2));
}

/// One fetch after the other by one client; the bodies.
std::vector<std::string> fetch(const std::vector<std::string>& urls, const FetchOptions& options) {
  boost::asio::io_context loop;
  AsyncFetcher fetcher;
  std::vector<std::string> bodies;
  std::exception_ptr error;
  const auto all = [&]() -> boost::asio::awaitable<void> {
    for (const std::string& url : urls) bodies.emplace_back(co_await fetcher.get(url, options));
  };
  boost::asio::co_spawn(loop, all(), [&](const std::exception_ptr& thrown) { error = thrown; });
  loop.run();
  if (error) std::rethrow_exception(error);
  return bodies;
}

TEST(HttpAsync, FetchesWhatIsExpectedAndIsCounted) {
  for (const auto* keepalive : {"yes", "no"}) {
    const auto http = build({{"requests", "200"}, {"latency", "1ms"}, {"size", "4KiB"}, {"keepalive", keepalive}}, 9);
    for (const unsigned workers : {1U, 3U}) {
      const auto executor = coroutines(workers);
      for (int batch = 0; batch < 3; ++batch) {
        const auto before = http->completed().value();
        std::vector<std::uint64_t> digests(http->tasks());
        executor->run(http->job(digests));
        EXPECT_EQ(digests, http->expected());
        EXPECT_EQ(http->completed().value() - before, 200U);
      }
    }
  }
}

/// Many in flight on one thread take as long as one.
TEST(HttpAsync, WaitsForAllAtOnce) {
  const auto http = build({{"requests", "300"}, {"latency", "200ms"}, {"size", "1KiB"}});
  const auto executor = coroutines(1);
  std::vector<std::uint64_t> digests(http->tasks());
  const auto start = std::chrono::steady_clock::now();
  executor->run(http->job(digests));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 20s) << "one after the other it takes 60 s";
}

TEST(HttpAsync, KeepsOrLeavesTheConnection) {
  Rude server{ok("body")};
  const std::vector urls(5, server.url());
  EXPECT_EQ(fetch(urls, {}), std::vector<std::string>(5, "body"));
  EXPECT_EQ(server.connections(), 1U);
  fetch(urls, {.keepalive = false});
  EXPECT_EQ(server.connections(), 6U);
}

/// The server may close a kept connection at any time: that is no failure of the next fetch.
TEST(HttpAsync, ConnectsAgainWhereTheServerHasLeft) {
  Rude server{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"};
  boost::asio::io_context loop;
  AsyncFetcher fetcher;
  std::string second;
  const auto both = [&]() -> boost::asio::awaitable<void> {
    co_await fetcher.get(server.url(), {});
    server.hang_up();
    second = co_await fetcher.get(server.url(), {});
  };
  std::exception_ptr error;
  boost::asio::co_spawn(loop, both(), [&](const std::exception_ptr& thrown) { error = thrown; });
  loop.run();
  EXPECT_FALSE(error);
  EXPECT_EQ(second, "body");
  EXPECT_EQ(server.connections(), 2U);
}

TEST(HttpAsync, SaysWhatItCannotDo) {
  expect_says(complaint([] { fetch({"https://127.0.0.1:1/x"}, {}); }), "http:// only");
  expect_says(complaint([] { fetch({"http://127.0.0.1:1/x"}, {}); }), "cannot connect: Connection refused");
  expect_says(complaint([] { fetch({"http://nobody.invalid/x"}, {}); }), "GET http://nobody.invalid/x: cannot connect");
}

TEST(HttpAsync, FailsWhereItsServerDies) {
  const auto http = build({{"requests", "50"}, {"latency", "5s"}});
  const auto executor = coroutines(1);
  std::vector<std::uint64_t> digests(http->tasks());
  std::string during;
  std::jthread worker{[&] { during = complaint([&] { executor->run(http->job(digests)); }); }};
  std::this_thread::sleep_for(200ms);
  kill(servers().at(0), SIGKILL);
  worker.join();
  expect_says(during, "/image/");
}

}  // namespace
}  // namespace fanout::testing::http
