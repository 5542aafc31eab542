// A server of small images, for tests.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "tests/workloads/http/sockets.hpp"
#include "workloads/http/images.hpp"
#include "workloads/http/server.hpp"

namespace fanout::testing {

inline constexpr Images kSmall{.seed = 7, .size = 4096, .latency = std::chrono::nanoseconds{0}, .jitter = 0};

/// A server of kSmall's images; later arguments win.
struct Server {
  explicit Server(std::vector<std::string> arguments = {"--latency=0s"}, const std::string& size = "4KiB")
      : process{[&] {
          arguments.insert(arguments.begin(), {"--seed=7", "--size=" + size});
          return arguments;
        }()},
        port{port_of(process.url())} {}
  [[nodiscard]] Connection::Answer get(const std::string& path) const { return Connection{port}.get(path); }
  [[nodiscard]] std::string says(std::string_view request) const {
    const Connection client{port};
    client.send(request);
    return client.read_to_end();
  }
  ServerProcess process;
  std::uint16_t port;
};

}  // namespace fanout::testing
