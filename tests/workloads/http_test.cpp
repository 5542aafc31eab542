// The workload http: against its embedded server, and against a server that misbehaves.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <mutex>
#include <thread>

#include "tests/workloads/sockets.hpp"
#include "workloads/digest.hpp"
#include "workloads/http_fetch.hpp"
#include "workloads/registry.hpp"

namespace fanout::testing {
namespace {

using namespace std::chrono_literals;
using Given = std::map<std::string, std::string>;

const WorkloadEntry& entry() { return *std::ranges::find(Workloads::all(), "http", &WorkloadEntry::name); }

std::unique_ptr<Workload> build(const Given& given, std::uint64_t seed = 1) {
  const Values values{"http", entry().parameters, given};
  entry().check(values);
  return entry().build(values, seed);
}

/// The digests of one batch, run by so many threads.
std::vector<std::uint64_t> run(const Workload& workload, std::size_t threads = 1) {
  std::vector<std::uint64_t> digests(workload.tasks());
  std::vector<std::jthread> workers;
  for (std::size_t worker = 0; worker < threads; ++worker) {
    workers.emplace_back([&, worker] {
      for (auto i = worker; i < workload.tasks(); i += threads) workload.run(i, i + 1, digests);
    });
  }
  workers.clear();
  return digests;
}

/// What the action throws, "" if nothing.
template <class Exception = std::runtime_error>
std::string complaint(const std::function<void()>& action) {
  try {
    action();
  } catch (const Exception& error) {
    return error.what();
  }
  return {};
}

void expect_says(const std::string& message, const std::string& part) {
  EXPECT_NE(message.find(part), std::string::npos) << "'" << part << "' is not in '" << message << "'";
}

/// An HTTP server whose answer is written out by the test, byte for byte; "" is silence. It keeps the connection unless
/// the answer says "Connection: close".
class Rude {
 public:
  explicit Rude(std::string answer) : answer_{std::move(answer)}, listener_{socket(AF_INET, SOCK_STREAM, 0)} {
    const auto address = address_of(0);
    EXPECT_EQ(bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    listen(listener_.get(), 100);
    port_ = port_of(listener_.get());
    accepting_ = std::jthread{[this] { accept(); }};
  }
  ~Rude() {
    shutdown(listener_.get(), SHUT_RDWR);
    accepting_.join();
    for (const auto& connection : connections_) shutdown(connection.fd(), SHUT_RDWR);
  }
  Rude(const Rude&) = delete;
  Rude& operator=(const Rude&) = delete;

  [[nodiscard]] std::string url(const std::string& path = "/x") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  void answer(std::string answer) {
    const std::lock_guard lock{mutex_};
    answer_ = std::move(answer);
  }
  [[nodiscard]] std::size_t connections() {
    const std::lock_guard lock{mutex_};
    return connections_.size();
  }

 private:
  void accept() {
    connections_.reserve(1000);
    for (int fd = 0; (fd = ::accept(listener_.get(), nullptr, nullptr)) >= 0;) {
      const std::lock_guard lock{mutex_};
      const auto& connection = connections_.emplace_back(fd);
      talking_.emplace_back([this, &connection] { talk(connection); });
    }
  }
  void talk(const Connection& connection) {
    while (connection.read_head().ends_with("\r\n\r\n")) {
      std::unique_lock lock{mutex_};
      const auto answer = answer_;
      lock.unlock();
      connection.send(answer);
      if (answer.find("Connection: close") != std::string::npos) shutdown(connection.fd(), SHUT_RDWR);
    }
  }

  std::mutex mutex_;
  std::string answer_;
  Descriptor listener_;
  std::uint16_t port_ = 0;
  std::vector<Connection> connections_;
  std::vector<std::jthread> talking_;
  std::jthread accepting_;
};

std::string ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// A list of URLs on disk, for as long as a test.
struct UrlFile {
  explicit UrlFile(const std::string& text)
      : path{std::filesystem::path{::testing::TempDir()} /
             ("urls-" + std::to_string(getpid()) + "-" + std::to_string(count++) + ".txt")} {
    std::ofstream{path} << text;
  }
  ~UrlFile() { std::filesystem::remove(path); }
  UrlFile(const UrlFile&) = delete;
  UrlFile& operator=(const UrlFile&) = delete;
  std::filesystem::path path;
  static inline int count = 0;
};

TEST(Http, DeclaresItself) {
  EXPECT_TRUE(entry().waits);
  EXPECT_EQ((Values{"http", entry().parameters, {}}.name()),
            "requests:26/latency:20ms/size:64KiB/keepalive:yes/jitter:0");
}

TEST(Http, FetchesWhatIsExpectedAndIsCounted) {
  for (const auto* keepalive : {"yes", "no"}) {
    const auto http = build({{"requests", "40"}, {"latency", "1ms"}, {"jitter", "50"}, {"keepalive", keepalive}}, 9);
    for (const std::size_t threads : {1U, 8U, 64U}) {
      const auto before = http->witnessed().value();
      EXPECT_EQ(run(*http, threads), http->expected());
      EXPECT_EQ(http->witnessed().value() - before, 40U);
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
  EXPECT_EQ(http->floor(4), 0ns);
  EXPECT_EQ(http->witnessed(), 0U);
}

TEST(Http, CannotBeFasterThanTheLatency) {
  const auto even = build({{"requests", "5"}, {"latency", "20ms"}});
  EXPECT_EQ(even->floor(1), 100ms);
  EXPECT_EQ(even->floor(2), 60ms);
  EXPECT_EQ(even->floor(4), 40ms);
  EXPECT_EQ(even->floor(100), 20ms);
  const auto uneven = build({{"requests", "50"}, {"latency", "2ms"}, {"jitter", "100"}});
  EXPECT_GT(uneven->floor(50), 3ms);
  EXPECT_LT(uneven->floor(50), 4ms + 1ns);
  const auto start = std::chrono::steady_clock::now();
  run(*uneven, 8);
  EXPECT_GE(std::chrono::steady_clock::now() - start, uneven->floor(8));
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
  EXPECT_EQ(http->witnessed(), 20U + 200U + 200U);
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
  EXPECT_NE(complaint([&] { static_cast<void>(http->witnessed()); }), "");
}

TEST(HttpUrls, AreFetchedInTurn) {
  Rude a{ok("first")};
  Rude b{ok("second")};
  const UrlFile file{"# mine\n\n  " + a.url() + "  \r\n" + b.url("/a?b=%20#c") + "\n   # end"};
  const auto http = build({{"requests", "5"}, {"urls", file.path}});
  const auto first = hash(std::string_view{"first"});
  const auto second = hash(std::string_view{"second"});
  EXPECT_EQ(http->expected(), (std::vector{first, second, first, second, first}));
  EXPECT_EQ(run(*http, 3), http->expected());
  EXPECT_EQ(http->witnessed(), std::nullopt);
  EXPECT_EQ(http->floor(1), 0ns);
  EXPECT_TRUE(servers().empty());
  a.answer(ok("changed"));
  EXPECT_NE(run(*http), http->expected());
}

TEST(HttpUrls, KeepOrLeaveTheConnection) {
  Rude server{ok("body")};
  const UrlFile file{server.url()};
  const auto connections = [&](const char* keepalive) {
    const auto http = build({{"requests", "6"}, {"urls", file.path}, {"keepalive", keepalive}});
    const auto before = server.connections();
    run(*http);
    return server.connections() - before;
  };
  EXPECT_EQ(connections("yes"), 1U);
  EXPECT_EQ(connections("no"), 6U);
}

TEST(HttpUrls, MustBeUrls) {
  const std::string good = "http://127.0.0.1:1/\n";
  for (const std::string bad : {"ftp://host/x", "file:///etc/passwd", "host/x", "http://", "http://a b/",
                                "https://h/\x1b[2J", "http://h:99999/"}) {
    const UrlFile file{"# one\n" + good + bad + "\n"};
    const auto message = complaint<UsageError>([&] { build({{"urls", file.path}}); });
    expect_says(message, "line 3 of " + printable(file.path.string()));
    EXPECT_EQ(message.find('\x1b'), std::string::npos);
  }
  const UrlFile empty{"\n# nothing\n"};
  expect_says(complaint<UsageError>([&] { build({{"urls", empty.path}}); }), "no URL in ");
  EXPECT_NE(complaint<UsageError>([] { build({{"urls", "/no/such/file"}}); }), "");
  const UrlFile file{good};
  for (const Given& given : {Given{{"latency", "1ms"}}, Given{{"size", "1MiB"}}, Given{{"jitter", "1"}}}) {
    auto both = given;
    both["urls"] = file.path;
    expect_says(complaint<UsageError>([&] { build(both); }), "http." + given.begin()->first + " ");
  }
}

struct Failure {
  std::string name;
  std::string answer;
  std::string cause;
};
class HttpFailures : public ::testing::TestWithParam<Failure> {};

/// At the reference fetch, and after it at a run.
TEST_P(HttpFailures, NameTheUrlAndTheCause) {
  Rude server{GetParam().answer};
  const UrlFile file{server.url("/pic")};
  const Given given{{"requests", "3"}, {"urls", file.path}, {"timeout", "500ms"}};
  expect_says(complaint([&] { build(given); }), "GET " + server.url("/pic") + ": " + GetParam().cause);
  server.answer(ok("good"));
  const auto http = build({{"requests", "3"}, {"urls", file.path}, {"timeout", "3s"}});
  EXPECT_EQ(run(*http), http->expected());
  server.answer(GetParam().answer);
  std::vector<std::uint64_t> digests(3);
  const auto slow_or_not =
      GetParam().answer.empty() ? std::string{"no complete answer within 3000 ms"} : GetParam().cause;
  expect_says(complaint([&] { http->run(1, 2, digests); }), "GET " + server.url("/pic") + ": " + slow_or_not);
}

INSTANTIATE_TEST_SUITE_P(
    All, HttpFailures,
    ::testing::Values(Failure{"silence", "", "no complete answer within 500 ms"},
                      Failure{"503", "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy", "HTTP 503"},
                      Failure{"404", "HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "HTTP 404"},
                      Failure{"204", "HTTP/1.1 204 Nothing\r\n\r\n", "HTTP 204"},
                      Failure{"short", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nabc",
                              "short body: 3 bytes of 10"},
                      Failure{"chunked",
                              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\na\r\nabc",
                              "short body: 3 bytes, and no end"},
                      Failure{"redirect",
                              "HTTP/1.1 302 Go\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
                              "Protocol"}),
    [](const auto& test) { return "on_" + test.param.name; });

TEST(Http, NamesARefusedConnection) {
  const Descriptor bound{socket(AF_INET, SOCK_STREAM, 0)};  // and nobody listens
  const auto address = address_of(0);
  ASSERT_EQ(bind(bound.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  const auto url = "http://127.0.0.1:" + std::to_string(port_of(bound.get())) + "/pic";
  const UrlFile file{url};
  expect_says(complaint([&] { build({{"urls", file.path}}); }), "GET " + url + ": cannot connect: Connection refused");
}

TEST(Http, ShowsNothingUnprintable) {
  EXPECT_EQ(printable("a\x1b[31m\n\x7f\xff z"), "a?[31m??? z");
  EXPECT_EQ(printable(std::string(500, 'x')), std::string(120, 'x') + "...");
  Rude server{"HTTP/1.1 200 OK\r\nContent-Encoding: \x1b[2J\r\nLocation: \x1b\r\nContent-Length: \x1b[2J\r\n\r\n"};
  Fetcher fetcher;
  const auto url = server.url("/" + std::string(5000, 'y'));
  const auto message = complaint([&] { fetcher.get(url, {}); });
  EXPECT_NE(message, "");
  EXPECT_LT(message.size(), 300U);
  EXPECT_TRUE(std::ranges::all_of(message, [](char c) { return c >= ' ' && c <= '~'; })) << message;
}

}  // namespace
}  // namespace fanout::testing
