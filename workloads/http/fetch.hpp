#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

struct curl_slist;

namespace fanout {

struct FetchOptions {
  std::chrono::milliseconds timeout{10'000};  ///< of a whole fetch, at least 1 ms
  bool keepalive = true;                      ///< false: a connection for this fetch alone
  bool proxied = true;                        ///< through the proxy that the environment names, if it names one
};

/// A libcurl handle set up for fetches, and the body it fetched last: what Fetcher and AsyncFetcher have in common.
class Transfer {
 public:
  Transfer();

  /// The handle, ready to be performed: for http(s) only, follows redirects.
  void* prepare(const std::string& url, const FetchOptions& options);

  /// The body, valid until the next fetch, where libcurl's code says that it is complete and the status is 200.
  /// Otherwise throws failure().
  [[nodiscard]] std::string_view result(int code) const;
  [[nodiscard]] std::runtime_error failure(std::string_view cause) const;  ///< names the URL

 private:
  struct Cleanup {
    void operator()(void* curl) const;
    void operator()(curl_slist* list) const;
  };
  [[nodiscard]] std::string cause(int code) const;

  std::unique_ptr<curl_slist, Cleanup> close_;  ///< the header that asks the server not to keep the connection
  std::string url_;
  FetchOptions options_;
  std::string body_;
  std::string error_;  ///< libcurl's own words, zero-terminated
  std::unique_ptr<void, Cleanup> curl_;
};

/// Fetches and blocks meanwhile, over the connections that it keeps. For one thread of one process: parent and child of
/// a fork would share the connection and read each other's answers as their own.
class Fetcher {
 public:
  /// The body at the http(s) URL, valid until the next call. Redirects are followed. Throws std::runtime_error, which
  /// names the URL and the cause, on anything but a complete answer with status 200.
  std::string_view get(const std::string& url, const FetchOptions& options);

  /// The calling thread's own, made on its first use, and again in the child of a fork.
  static Fetcher& mine();

 private:
  Transfer transfer_;
};

/// Makes libcurl ready; to be called before there are threads. Safe to call again.
void prepare_fetching();

/// Text from elsewhere as a message may show it: its first 120 characters, unprintable ones as '?'.
std::string printable(std::string_view text);

/// A URL as a message may show it: printable, and without the user's name and password.
std::string printable_url(std::string_view url);

}  // namespace fanout
