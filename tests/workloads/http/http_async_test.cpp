// The coroutine form of http; what its client does as the blocking one is in http_client_test.cpp.

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

std::ptrdiff_t descriptors() {
  return std::distance(std::filesystem::directory_iterator{"/proc/self/fd"}, std::filesystem::directory_iterator{});
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

/// The loop stops during a fetch: while it waits for an answer, or for the name's address.
TEST(HttpAsync, LeavesNothingBehindWhereTheLoopStops) {
  const Descriptor silent{socket(AF_INET, SOCK_STREAM, 0)};
  const auto address = address_of(0);
  ASSERT_EQ(bind(silent.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(silent.get(), 100), 0);  // connects, and never answers
  const auto unanswered = "http://127.0.0.1:" + std::to_string(port_of(silent.get())) + "/x";
  for (const auto& url : {unanswered, std::string{"http://server.invalid/x"}}) {
    for (const auto time : {1ms, 50ms}) {
      const auto before = descriptors();
      bool ended = false;
      {
        boost::asio::io_context loop;
        const auto fetch = [&](AsyncFetcher& fetcher) -> boost::asio::awaitable<void> {
          co_await fetcher.get(url, {});
        };
        std::vector<std::unique_ptr<AsyncFetcher>> fetchers(3);
        for (auto& fetcher : fetchers) {
          fetcher = std::make_unique<AsyncFetcher>();
          boost::asio::co_spawn(loop, fetch(*fetcher), [&](const std::exception_ptr& error) { ended = !error; });
        }
        loop.run_for(time);
      }
      EXPECT_FALSE(ended);
      EXPECT_EQ(descriptors(), before) << url;
    }
  }
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
