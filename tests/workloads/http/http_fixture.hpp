#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/workloads/http/sockets.hpp"
#include "workloads/workload.hpp"

namespace fanout::testing::http {

using namespace std::chrono_literals;
using Given = std::map<std::string, std::string>;

inline const WorkloadEntry& entry() { return *Workloads::find("http"); }

inline std::unique_ptr<Workload> build(const Given& given, std::uint64_t seed = 1) {
  const Values values{"http", entry().parameters, given};
  entry().check(values);
  return entry().build(values, seed);
}

/// The digests of one batch, run by so many threads.
inline std::vector<std::uint64_t> run(const Workload& workload, std::size_t threads = 1) {
  std::vector<std::uint64_t> digests(workload.tasks());
  std::vector<std::jthread> workers;
  for (std::size_t worker = 0; worker < threads; ++worker) {
    workers.emplace_back([&, worker] {
      for (auto i = worker; i < workload.tasks(); i += threads)
        workload.run(i, i + 1, std::span(digests).subspan(i, 1));
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

inline void expect_says(const std::string& message, const std::string& part) {
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
  /// Closes every connection that it has.
  void hang_up() {
    const std::lock_guard lock{mutex_};
    for (const auto& connection : connections_) shutdown(connection.fd(), SHUT_RDWR);
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

inline std::string ok(const std::string& body) {
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

}  // namespace fanout::testing::http
