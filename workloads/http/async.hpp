#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "workloads/async_workload.hpp"
#include "workloads/http/fetch.hpp"

namespace fanout {

/// Fetcher's counterpart on an event loop: the same transfers, performed by libcurl's multi interface. For one
/// coroutine at a time, always under the same executor. Must outlive its coroutine, unless the event loop has stopped.
class AsyncFetcher {
 public:
  AsyncFetcher();
  ~AsyncFetcher();

  /// As Fetcher::get().
  boost::asio::awaitable<std::string_view> get(std::string url, FetchOptions options);

 private:
  class Multi;
  std::unique_ptr<Multi> multi_;  ///< made at the first fetch, under whose executor it stays
};

}  // namespace fanout
