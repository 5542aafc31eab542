#include "workloads/http/async.hpp"

#include <curl/curl.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

namespace fanout {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

using Deadline = std::chrono::steady_clock::time_point;
constexpr std::size_t kReadBytes = std::size_t{8} * 1024;  // at once, at most: Beast asks for 512 bytes otherwise
constexpr std::uint64_t kBodyLimit = std::uint64_t{1} << 30U;

/// The parts of a URL that a request needs.
struct Target {
  std::string host;
  std::string port;
  std::string path;  ///< with the query
};

/// One part of a URL as libcurl reads it; empty where it has none.
std::string part(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK) return "";
  std::string copy(text);
  curl_free(text);
  return copy;
}

Target parse(const std::string& text) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
    throw std::runtime_error("not a URL");
  if (part(url.get(), CURLUPART_SCHEME) != "http")
    throw std::runtime_error("coroutines fetch http:// only; use another executor for the rest");
  const std::string query = part(url.get(), CURLUPART_QUERY);
  return {.host = part(url.get(), CURLUPART_HOST),
          .port = part(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT),
          .path = part(url.get(), CURLUPART_PATH) + (query.empty() ? "" : "?" + query)};
}

}  // namespace

class AsyncFetcher::Connection {
 public:
  explicit Connection(const asio::any_io_executor& executor) : stream_(executor) { buffer_.reserve(kReadBytes); }

  asio::awaitable<error_code> open(const Target& target, Deadline deadline) {
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    stream_.expires_at(deadline);
    error_code no_number;
    const auto address = asio::ip::make_address(target.host, no_number);
    if (!no_number) {
      const auto port = static_cast<std::uint16_t>(std::stoul(target.port));
      co_await stream_.async_connect(tcp::endpoint(address, port), token);
    } else {
      tcp::resolver resolver(stream_.get_executor());
      const auto found = co_await resolver.async_resolve(target.host, target.port, token);
      if (!error) co_await stream_.async_connect(found, token);
    }
    error_code ignored;
    if (!error) stream_.socket().set_option(tcp::no_delay(true), ignored);
    co_return error;
  }

  /// Asks, and reads the answer. The parser holds what came before an error.
  asio::awaitable<error_code> exchange(const Target& target, bool keepalive, Deadline deadline) {
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    answer_.emplace();
    answer_->body_limit(kBodyLimit);
    http::request<http::empty_body> request(http::verb::get, target.path, 11);
    request.set(http::field::host, target.host + ":" + target.port);
    request.set(http::field::user_agent, "fanout");
    request.keep_alive(keepalive);
    stream_.expires_at(deadline);
    co_await http::async_write(stream_, request, token);
    if (!error) co_await http::async_read(stream_, buffer_, *answer_, token);
    co_return error;
  }

  /// Whether nothing at all of an answer has come.
  [[nodiscard]] bool mute() const { return buffer_.size() == 0 && !answer_->got_some(); }
  [[nodiscard]] const auto& answer() const { return answer_->get(); }
  [[nodiscard]] bool keeps_alive() const { return answer_->get().keep_alive(); }
  [[nodiscard]] std::string take_body() { return std::move(answer_->get().body()); }

  /// Why there is no complete answer.
  [[nodiscard]] std::string cause(const error_code& error, const FetchOptions& options) const {
    if (error == beast::error::timeout)
      return "no complete answer within " + std::to_string(options.timeout.count()) + " ms";
    if (error == http::error::partial_message && answer_->is_header_done()) {
      const auto promised = answer_->content_length();
      return "short body: " + std::to_string(answer_->get().body().size()) + " bytes" +
             (promised ? " of " + std::to_string(*promised) : ", and no end");
    }
    if (error == http::error::body_limit) return "the body is larger than 1 GiB";
    return error.message();
  }

 private:
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::response_parser<http::string_body>> answer_;
};

AsyncFetcher::AsyncFetcher() = default;
AsyncFetcher::~AsyncFetcher() = default;

asio::awaitable<std::string_view> AsyncFetcher::get(std::string url, FetchOptions options) {
  const auto fail = [&](const std::string& cause) {
    connection_.reset();
    return std::runtime_error("GET " + printable_url(url) + ": " + printable(cause));
  };
  Target target;
  try {
    target = parse(url);
  } catch (const std::exception& error) {
    throw fail(error.what());
  }
  std::string server = target.host + ":" + target.port;
  if (server != server_) connection_.reset();
  server_ = std::move(server);

  const auto deadline = std::chrono::steady_clock::now() + options.timeout;
  for (;;) {
    const bool kept = connection_ != nullptr;
    if (!kept) {
      connection_ = std::make_unique<Connection>(co_await asio::this_coro::executor);
      if (const error_code error = co_await connection_->open(target, deadline))
        throw fail(error == beast::error::timeout ? connection_->cause(error, options)
                                                  : "cannot connect: " + error.message());
    }
    const error_code error = co_await connection_->exchange(target, options.keepalive, deadline);
    // A server may close a kept connection just before the next request reaches it.
    if (error && kept && error != beast::error::timeout && connection_->mute()) {
      connection_.reset();
      continue;
    }
    if (error) throw fail(connection_->cause(error, options));
    break;
  }
  if (connection_->answer().result_int() != 200)
    throw fail("HTTP " + std::to_string(connection_->answer().result_int()));
  body_ = connection_->take_body();
  if (!options.keepalive || !connection_->keeps_alive()) connection_.reset();
  co_return body_;
}

}  // namespace fanout
