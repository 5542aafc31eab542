// The workload http on a list of URLs, and against a server that misbehaves.

#include "executors/executor.hpp"
#include "tests/workloads/http/http_fixture.hpp"
#include "workloads/digest.hpp"
#include "workloads/http/fetch.hpp"

namespace fanout::testing::http {
namespace {

TEST(HttpUrls, AreFetchedInTurn) {
  Rude a{ok("first")};
  Rude b{ok("second")};
  const UrlFile file{"# mine\n\n  " + a.url() + "  \r\n" + b.url("/a?b=%20#c") + "\n   # end"};
  const auto http = build({{"requests", "5"}, {"urls", file.path}});
  const auto first = hash(std::string_view{"first"});
  const auto second = hash(std::string_view{"second"});
  EXPECT_EQ(http->expected(), (std::vector{first, second, first, second, first}));
  EXPECT_EQ(run(*http, 3), http->expected());
  EXPECT_EQ(http->completed(), std::nullopt);
  EXPECT_EQ(http->minimum_time(1), 0ns);
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

/// What a batch of the workload says under coroutines.
std::string complaint_of_coroutines(const Workload& http) {
  const ExecutorEntry& entry = *Executors::find("coroutines");
  std::vector<std::uint64_t> digests(http.tasks());
  return complaint([&] { entry.open({}, entry.options(2, 2))->run(http.job(digests)); });
}

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
  expect_says(complaint_of_coroutines(*http), "GET " + server.url("/pic") + ": " + slow_or_not);
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

TEST(Http, ShowsNoCredentials) {
  EXPECT_EQ(printable_url("http://me:secret@host:8/a@b?c"), "http://host:8/a@b?c");
  EXPECT_EQ(printable_url("http://host/a@b"), "http://host/a@b");
  EXPECT_EQ(printable_url("http://me:s@crt@host"), "http://host");
  EXPECT_EQ(printable_url("host"), "host");
}

TEST(Http, ShowsNothingUnprintable) {
  EXPECT_EQ(printable("a\x1b[31m\n\x7f\xff z"), "a?[31m??? z");
  EXPECT_EQ(printable(std::string(500, 'x')), std::string(120, 'x') + "...");
}

}  // namespace
}  // namespace fanout::testing::http
