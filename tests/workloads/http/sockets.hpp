#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "workloads/http/server.hpp"

namespace fanout::testing {

inline sockaddr_in address_of(std::uint16_t port, const char* host = "127.0.0.1") {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  inet_pton(AF_INET, host, &address.sin_addr);
  return address;
}

inline std::uint16_t port_of(const std::string& url) {
  return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
}

inline std::uint16_t port_of(int socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

/// A plain socket that says anything; nothing that it does lasts longer than 20 s.
class Connection {
 public:
  explicit Connection(std::uint16_t port, const char* host = "127.0.0.1")
      : Connection{socket(AF_INET, SOCK_STREAM, 0)} {
    const auto address = address_of(port, host);
    if (connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::system_error(errno, std::generic_category(), "connect");
    }
  }
  explicit Connection(int accepted) : socket_{accepted} {
    const timeval limit{.tv_sec = 20, .tv_usec = 0};
    setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }

  [[nodiscard]] int fd() const { return socket_.get(); }

  void send(std::string_view text) const {
    while (!text.empty()) {
      const auto sent = ::send(fd(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  /// Everything until `count` bytes, `mark` or the peer's end; "<timeout>" or "<reset>" at the end of what is cut off.
  [[nodiscard]] std::string read(std::size_t count, std::string_view mark = {}) const {
    std::string text;
    std::array<char, 65536> part{};
    while (text.size() < count && (mark.empty() || text.find(mark) == std::string::npos)) {
      const auto want = mark.empty() ? std::min(part.size(), count - text.size()) : 1;
      const auto got = recv(fd(), part.data(), want, 0);
      if (got == 0) break;
      if (got < 0) return text + (errno == EAGAIN ? "<timeout>" : "<reset>");
      text.append(part.data(), static_cast<std::size_t>(got));
    }
    return text;
  }
  [[nodiscard]] std::string read_to_end() const { return read(std::string::npos); }
  [[nodiscard]] std::string read_head() const { return read(std::string::npos, "\r\n\r\n"); }

  struct Answer {
    std::string head;
    std::string body;
  };
  [[nodiscard]] Answer read_answer() const {
    Answer answer{.head = read_head(), .body = {}};
    constexpr std::string_view length = "Content-Length: ";
    if (const auto at = answer.head.find(length); at != std::string::npos) {
      answer.body = read(std::stoul(answer.head.substr(at + length.size())));
    }
    return answer;
  }
  [[nodiscard]] Answer get(const std::string& path) const {
    send("GET " + path + " HTTP/1.1\r\nHost: here\r\n\r\n");
    return read_answer();
  }

  /// Closes with a reset instead of an end.
  void reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    socket_.close();
  }

 private:
  Descriptor socket_;
};

/// This process's children that are servers, zombies included.
inline std::vector<pid_t> servers(pid_t parent = getpid()) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file{entry.path() / "stat"};
    pid_t pid = 0;
    std::string name;
    std::string state;
    pid_t parent_of_it = 0;
    if (file >> pid >> name >> state >> parent_of_it && name == "(fanout-server)" && parent_of_it == parent) {
      found.push_back(pid);
    }
  }
  return found;
}

}  // namespace fanout::testing
