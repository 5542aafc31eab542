// fanout-server from outside: plain sockets against the process.

#include "tests/workloads/http/image_server.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <random>

#include "tests/workloads/http/sockets.hpp"
#include "workloads/http/images.hpp"

namespace fanout::testing {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

TEST(Images, FollowFromTheSeedAlone) {
  const Images images{.seed = 1, .size = 1024, .latency = 1ms, .jitter = 50};
  EXPECT_EQ(images.image(3), Images{images}.image(3));
  EXPECT_NE(images.image(3), images.image(4));
  EXPECT_NE(images.image(3), (Images{.seed = 2, .size = 1024}.image(3)));
  EXPECT_EQ(images.bytes(3), images.image(3).size());
}

TEST(Images, SpreadUniformly) {
  const Images images{.seed = 1, .size = 1000, .latency = 1ms, .jitter = 20};
  std::array<int, 10> sizes{};
  std::array<int, 10> delays{};
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    ASSERT_GE(images.bytes(i), 500U);
    ASSERT_LE(images.bytes(i), 1500U);
    ASSERT_GE(images.delay(i), 800us);
    ASSERT_LE(images.delay(i), 1200us);
    ++sizes[std::min<std::size_t>(9, (images.bytes(i) - 500) / 100)];
    ++delays[std::min<std::size_t>(9, static_cast<std::size_t>((images.delay(i) - 800us) / 40us))];
  }
  for (const int count : sizes) EXPECT_NEAR(count, 1000, 150);  // five standard deviations
  for (const int count : delays) EXPECT_NEAR(count, 1000, 150);
  EXPECT_EQ((Images{.latency = 5ms}.delay(9)), 5ms);
}

TEST(ImageServer, ServesTheImagesThatTheHeaderFileComputes) {
  const Server server;
  const Connection client{server.port};
  for (const std::uint64_t i : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1}, ~std::uint64_t{0}}) {
    const auto answer = client.get("/image/" + std::to_string(i));
    EXPECT_TRUE(answer.head.starts_with("HTTP/1.1 200 OK\r\n")) << answer.head;
    EXPECT_NE(answer.head.find("Content-Type: application/octet-stream\r\n"), std::string::npos);
    EXPECT_EQ(answer.body, kSmall.image(i));
  }
  EXPECT_EQ(client.get("/served").body, "4");
}

TEST(ImageServer, MakesImagesAnewThatItDoesNotKeep) {
  const Server server{{"--latency=0s"}, "64MiB"};
  const Images images{.seed = 7, .size = 64U << 20U};
  const Connection client{server.port};
  for (std::uint64_t i = 0; i < 6; ++i) ASSERT_EQ(client.get("/image/" + std::to_string(i)).body, images.image(i));
}

TEST(ImageServer, WaitsBeforeItAnswers) {
  const Server server{{"--latency=150ms", "--jitter=50"}};
  const Images images{.seed = 7, .size = 4096, .latency = 150ms, .jitter = 50};
  for (std::uint64_t i = 0; i < 3; ++i) {
    const auto start = Clock::now();
    ASSERT_EQ(server.get("/image/" + std::to_string(i)).body, images.image(i));
    EXPECT_GE(Clock::now() - start, images.delay(i));
  }
}

TEST(ImageServer, RefusesWhatItDoesNotServe) {
  const Server server;
  for (const auto* path :
       {"/", "/image/", "/image/-1", "/image/1x", "/image/99999999999999999999", "/image/1/", "/x"}) {
    EXPECT_TRUE(server.get(path).head.starts_with("HTTP/1.1 404 ")) << path;
  }
  for (const std::string method : {"POST", "HEAD", "PUT", "DELETE", "OPTIONS", "BREW"}) {
    const auto answer = server.says(method + " /image/1 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 405 ")) << answer;
    EXPECT_NE(answer.find("Allow: GET\r\n"), std::string::npos);
  }
  const std::string big(9000, 'x');
  EXPECT_TRUE(server.says("GET / HTTP/1.1\r\nX: " + big + "\r\n\r\n").starts_with("HTTP/1.1 431 "));
  EXPECT_TRUE(server.says("GET /" + big + big + " HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 431 "));
  for (const auto* bad : {"hello\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9\r\n\r\n", "GET / HTTP/1.1\r\n: x\r\n\r\n",
                          "GET /image/1 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", "\x16\x03\x01\x02\x00\x01"}) {
    EXPECT_TRUE(server.says(bad).starts_with("HTTP/1.1 400 ")) << bad;
  }
  EXPECT_EQ(server.get("/served").body, "0");
}

TEST(ImageServer, KeepsAConnectionAsLongAsTheClientLikes) {
  const Server server;
  const Connection client{server.port};
  EXPECT_TRUE(client.get("/nothing").head.starts_with("HTTP/1.1 404 "));
  EXPECT_EQ(client.get("/image/5").body, kSmall.image(5));
  client.send("GET /image/1 HTTP/1.1\r\n\r\nGET /image/2 HTTP/1.1\r\nConnection: close\r\n\r\n");  // both at once
  EXPECT_EQ(client.read_answer().body, kSmall.image(1));
  EXPECT_EQ(client.read_answer().body, kSmall.image(2));
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_TRUE(server.says("GET /served HTTP/1.0\r\n\r\n").ends_with("\r\n\r\n3"));  // and ends
}

TEST(ImageServer, DisconnectsTheSlowAndServesTheRest) {
  const Server server{{"--latency=0s", "--patience=1s"}};
  const Connection mute{server.port};
  const Connection half{server.port};
  half.send("GET /image/1 HT");
  EXPECT_EQ(server.get("/image/1").body, kSmall.image(1));
  EXPECT_EQ(half.read_to_end(), "");
  EXPECT_EQ(mute.read_to_end(), "");
}

TEST(ImageServer, SurvivesGarbageAndResets) {
  const Server server{{"--latency=20ms"}, "1MiB"};
  std::mt19937 random{1};
  for (int i = 0; i < 300; ++i) {
    std::string noise(random() % 3000, '\0');
    std::ranges::generate(noise, [&] { return static_cast<char>(random()); });
    Connection client{server.port};
    client.send(i % 3 == 0   ? noise
                : i % 3 == 1 ? "GET /image/1 HTTP/1.1\r\n\r\n" + noise
                             : "GET /image/1 HTTP/1.1\r\n\r\n");
    if (i % 30 == 2) {
      EXPECT_EQ(client.read(2), "HT");  // the image is on its way
    }
    client.reset();
  }
  EXPECT_EQ(server.get("/image/2").body, (Images{.seed = 7, .size = 1U << 20U}.image(2)));
}

TEST(ImageServer, CountsOnlyWhatWasWrittenCompletely) {
  const Server server{{"--latency=0s"}, "32MiB"};
  Connection client{server.port};
  client.send("GET /image/1 HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.read(2), "HT");
  EXPECT_EQ(server.get("/served").body, "0");
  client.reset();
  EXPECT_EQ(server.get("/served").body, "0");
  EXPECT_EQ(server.get("/image/1").body.size(), (Images{.seed = 7, .size = 32U << 20U}.bytes(1)));
  EXPECT_EQ(server.get("/served").body, "1");
}

TEST(ImageServer, IsNotReachableFromElsewhere) {
  const Server server;
  EXPECT_THROW(Connection(server.port, "127.0.0.2"), std::system_error);  // reached by who listens everywhere
}

TEST(ImageServer, HoldsFiveThousandRequestsAtOnce) {
  constexpr std::size_t count = 5000;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < count + 100) GTEST_SKIP() << "no more than " << limit.rlim_max << " descriptors (ulimit -Hn)";
  const rlimit raised{.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
  setrlimit(RLIMIT_NOFILE, &raised);
  const Server server{{"--latency=2s"}, "1KiB"};
  const Images images{.seed = 7, .size = 1024};
  std::vector<Connection> clients;
  while (clients.size() < count) clients.emplace_back(server.port);
  for (std::size_t i = 0; i < count; ++i) clients[i].send("GET /image/" + std::to_string(i) + " HTTP/1.1\r\n\r\n");
  EXPECT_EQ(server.get("/served").body, "0");  // so all of them are being held
  std::size_t right = 0;
  for (std::size_t i = 0; i < count; ++i) right += clients[i].read_answer().body == images.image(i) ? 1 : 0;
  EXPECT_EQ(right, count);
  EXPECT_EQ(server.get("/served").body, std::to_string(count));
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace
}  // namespace fanout::testing
