#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "workloads/async_workload.hpp"
#include "workloads/http/fetch.hpp"

namespace fanout {

/// Fetcher's counterpart on an event loop: HTTP/1.1 without TLS, redirects or proxies; one connection, kept from fetch
/// to fetch of one server. For one coroutine at a time.
class AsyncFetcher {
 public:
  AsyncFetcher();
  ~AsyncFetcher();

  /// The body at the URL, valid until the next call. Throws std::runtime_error, which names the URL and the cause, on
  /// anything but a complete answer with status 200.
  boost::asio::awaitable<std::string_view> get(std::string url, FetchOptions options);

 private:
  class Connection;
  std::unique_ptr<Connection> connection_;
  std::string server_;  ///< "host:port" that it leads to
  std::string body_;
};

}  // namespace fanout
