#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

struct curl_slist;

namespace fanout {

struct FetchOptions {
  std::chrono::milliseconds timeout{10'000};  ///< of a whole fetch, at least 1 ms
  bool keepalive = true;                      ///< false: a connection for this fetch alone
  bool proxied = true;                        ///< through the proxy that the environment names, if it names one
};

/// One libcurl handle with its connections and the body it fetched last. For one thread of one process: parent and
/// child of a fork would share the connection and read each other's answers as their own.
class Fetcher {
 public:
  Fetcher();

  /// The body at the http(s) URL, valid until the next call. Redirects are followed. Throws std::runtime_error, which
  /// names the URL and the cause, on anything but a complete answer with status 200.
  std::string_view get(const std::string& url, const FetchOptions& options);

  /// The calling thread's own, made on its first use, and again in the child of a fork.
  static Fetcher& mine();

 private:
  struct Cleanup {
    void operator()(void* curl) const;
    void operator()(curl_slist* list) const;
  };
  void configure(const std::string& url, const FetchOptions& options);
  [[nodiscard]] std::string cause(int code, const FetchOptions& options) const;

  std::unique_ptr<void, Cleanup> curl_;
  std::unique_ptr<curl_slist, Cleanup> close_;  ///< the header that asks the server not to keep the connection
  std::string body_;
  std::string error_;  ///< libcurl's own words, zero-terminated
};

/// Makes libcurl ready; to be called before there are threads. Safe to call again.
void prepare_fetching();

/// Text from elsewhere as a message may show it: its first 120 characters, unprintable ones as '?'.
std::string printable(std::string_view text);

/// A URL as a message may show it: printable, and without the user's name and password.
std::string printable_url(std::string_view url);

}  // namespace fanout
