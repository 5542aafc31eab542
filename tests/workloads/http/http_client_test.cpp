// What both clients promise alike: the same fetches, and the same words where one fails.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <cstdlib>

#include "tests/workloads/http/http_fixture.hpp"
#include "workloads/http/async.hpp"

namespace fanout::testing::http {
namespace {

class Client {
 public:
  virtual ~Client() = default;
  virtual std::string get(const std::string& url, const FetchOptions& options) = 0;
};

class Blocking final : public Client {
 public:
  std::string get(const std::string& url, const FetchOptions& options) override {
    return std::string{fetcher_.get(url, options)};
  }

 private:
  Fetcher fetcher_;
};

/// On a loop of one thread without a strand, or of several with one: as the executor `coroutines` runs lanes.
template <int threads>
class OnALoop final : public Client {
 public:
  std::string get(const std::string& url, const FetchOptions& options) override {
    std::string body;
    std::exception_ptr error;
    const auto fetch = [&]() -> boost::asio::awaitable<void> { body = co_await fetcher_.get(url, options); };
    boost::asio::co_spawn(executor_, fetch(), [&](const std::exception_ptr& thrown) { error = thrown; });
    std::vector<std::jthread> workers;
    for (int i = 0; i < threads; ++i) workers.emplace_back([&] { loop_.run(); });
    workers.clear();
    loop_.restart();
    if (error) std::rethrow_exception(error);
    return body;
  }

 private:
  static boost::asio::any_io_executor executor_of(boost::asio::io_context& loop) {
    if (threads > 1) return boost::asio::make_strand(loop);
    return loop.get_executor();
  }
  boost::asio::io_context loop_{threads};
  boost::asio::any_io_executor executor_ = executor_of(loop_);
  AsyncFetcher fetcher_;
};

struct Kind {
  const char* name;
  std::unique_ptr<Client> (*make)();
};
template <class T>
std::unique_ptr<Client> make() {
  return std::make_unique<T>();
}

class HttpClient : public ::testing::TestWithParam<Kind> {
 protected:
  std::string get(const std::string& url, const FetchOptions& options = {}) { return client_->get(url, options); }
  /// What a failed fetch says, which is the same under the blocking client.
  std::string failure(const std::string& url, const FetchOptions& options = {}) {
    auto message = complaint([&] { get(url, options); });
    Blocking other;
    EXPECT_EQ(message, complaint([&] { other.get(url, options); }));
    return message;
  }

 private:
  std::unique_ptr<Client> client_ = GetParam().make();
};
INSTANTIATE_TEST_SUITE_P(All, HttpClient,
                         ::testing::Values(Kind{"blocking", &make<Blocking>}, Kind{"one_thread", &make<OnALoop<1>>},
                                           Kind{"strand", &make<OnALoop<3>>}),
                         [](const auto& test) { return test.param.name; });

TEST_P(HttpClient, KeepsOrLeavesTheConnection) {
  Rude server{ok("body")};
  for (int i = 0; i < 5; ++i) EXPECT_EQ(get(server.url()), "body");
  EXPECT_EQ(server.connections(), 1U);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(get(server.url(), {.keepalive = false}), "body");
  EXPECT_EQ(server.connections(), 6U);
}

TEST_P(HttpClient, KeepsConnectionsToSeveralServers) {
  Rude a{ok("a")};
  Rude b{ok("b")};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(get(a.url()), "a");
    EXPECT_EQ(get(b.url()), "b");
  }
  EXPECT_EQ(a.connections(), 1U);
  EXPECT_EQ(b.connections(), 1U);
}

/// The server may close a kept connection at any time: that is no failure of the next fetch.
TEST_P(HttpClient, ConnectsAgainWhereTheServerHasLeft) {
  Rude server{ok("body")};
  get(server.url());
  server.hang_up();
  EXPECT_EQ(get(server.url()), "body");
  EXPECT_EQ(server.connections(), 2U);
}

TEST_P(HttpClient, FetchesABodyThatTakesManyReads) {
  std::string body;
  for (int i = 0; body.size() < 5'000'000; ++i) body += std::to_string(i) + ",";
  Rude server{ok(body)};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(get(server.url()) == body);
}

TEST_P(HttpClient, FollowsRedirectsButNotForEver) {
  Rude target{ok("there")};
  const auto redirect = [](const std::string& url) {
    return "HTTP/1.1 302 Go\r\nLocation: " + url + "\r\nContent-Length: 0\r\n\r\n";
  };
  Rude server{redirect(target.url())};
  EXPECT_EQ(get(server.url()), "there");
  server.answer(redirect(server.url()));
  expect_says(failure(server.url("/pic")), "GET " + server.url("/pic") + ": Maximum (5) redirects");
}

TEST_P(HttpClient, AsksTheEnvironmentsProxyIfAllowed) {
  Rude proxy{ok("by proxy")};
  setenv("http_proxy", proxy.url("").c_str(), 1);
  EXPECT_EQ(get("http://server.invalid/x"), "by proxy");
  const auto direct = failure("http://server.invalid/x", {.proxied = false});
  unsetenv("http_proxy");
  expect_says(direct, "GET http://server.invalid/x: Could not resolve host: server.invalid");
}

TEST_P(HttpClient, FailsInTheSameWordsAndGoesOn) {
  struct Failure {
    std::string answer;
    std::string cause;
  };
  Rude server{""};
  const auto url = server.url("/pic");
  for (const auto& [answer, cause] :
       {Failure{"", "no complete answer within 300 ms"},
        Failure{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "no complete answer within 300 ms"},
        Failure{"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy", "HTTP 503"},
        Failure{"HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "HTTP 404"},
        Failure{"HTTP/1.1 204 Nothing\r\n\r\n", "HTTP 204"},
        Failure{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nabc", "short body: 3 bytes of 10"},
        Failure{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\na\r\nabc",
                "short body: 3 bytes, and no end"},
        Failure{"HTTP/1.1 302 Go\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n", "Protocol"}}) {
    server.answer(answer);
    const auto start = std::chrono::steady_clock::now();
    expect_says(failure(url, {.timeout = 300ms}), "GET " + url + ": " + cause);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 5s) << cause;
    server.answer(ok("good"));
    EXPECT_EQ(get(url), "good") << "after " << cause;
  }
}

/// Whether the server then closes the connection or not, and whatever libcurl would make of it.
TEST_P(HttpClient, RefusesALengthThatIsNone) {
  Rude server{""};
  for (const std::string length : {"18446744073709551617", "9223372036854775808", "-4", "-0", "+4", "four", "4x", "0x4",
                                   "4 4", "4, 4", "", "4\r\nContent-Length: 3", "3\r\nContent-Length: 4"}) {
    for (const std::string ending : {"", "Connection: close\r\n"}) {
      server.answer("HTTP/1.1 200 OK\r\n" + ending + "Content-Length: " + length + "\r\n\r\nbody");
      EXPECT_EQ(failure(server.url(), {.timeout = 200ms}), "GET " + server.url() + ": invalid Content-Length")
          << length;
    }
  }
  server.answer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nbody");
  EXPECT_EQ(get(server.url()), "body");
}

TEST_P(HttpClient, NamesWhatItCannotReach) {
  const Descriptor bound{socket(AF_INET, SOCK_STREAM, 0)};  // and nobody listens
  const auto address = address_of(0);
  ASSERT_EQ(bind(bound.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  const auto url = "http://127.0.0.1:" + std::to_string(port_of(bound.get())) + "/pic";
  EXPECT_EQ(failure(url), "GET " + url + ": cannot connect: Connection refused");
  EXPECT_EQ(failure("http://me:secret@server.invalid/x"),
            "GET http://server.invalid/x: Could not resolve host: server.invalid");
}

TEST_P(HttpClient, NeedsAnHttpsServerForHttps) {
  const Descriptor listener{socket(AF_INET, SOCK_STREAM, 0)};
  const auto address = address_of(0);
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(listener.get(), 10), 0);
  const std::jthread server{[&] {
    for (int i = 0; i < 2; ++i) {  // failure() fetches twice
      const Connection connection{accept(listener.get(), nullptr, nullptr)};
      connection.send("no TLS\r\n");
      static_cast<void>(connection.read_to_end());
    }
  }};
  const auto url = "https://127.0.0.1:" + std::to_string(port_of(listener.get())) + "/x";
  const auto message = failure(url);
  expect_says(message, "GET " + url + ": ");
  EXPECT_EQ(message.find("no complete answer"), std::string::npos) << message;
}

TEST_P(HttpClient, ShowsNothingUnprintable) {
  Rude server{"HTTP/1.1 200 OK\r\nContent-Encoding: \x1b[2J\r\nLocation: \x1b\r\nContent-Length: \x1b[2J\r\n\r\n"};
  const auto message = failure(server.url("/" + std::string(5000, 'y')));
  EXPECT_NE(message, "");
  EXPECT_LT(message.size(), 300U);
  EXPECT_TRUE(std::ranges::all_of(message, [](char c) { return c >= ' ' && c <= '~'; })) << message;
}

}  // namespace
}  // namespace fanout::testing::http
