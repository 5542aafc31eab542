#include "workloads/http/async.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <new>
#include <utility>
#include <vector>

#include "workloads/http/curl.hpp"

namespace fanout {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = asio::steady_timer::clock_type;

constexpr long kConnections = 5;  // kept, at most: as many as curl_easy_perform() keeps for Fetcher

/// A socket of libcurl's, which opens and closes it, and what libcurl waits for on it.
struct Watch {
  using Descriptor = asio::posix::stream_descriptor;
  Watch(const asio::any_io_executor& executor, curl_socket_t socket) : descriptor(executor, socket) {}
  ~Watch() { descriptor.release(); }

  Descriptor descriptor;
  int events = CURL_POLL_NONE;
};

}  // namespace

/// One transfer at a time. Its coroutine makes every call of libcurl: handlers of sockets only note the event and wake
/// it by cancelling its timer. No handler is pending when it has ended.
class AsyncFetcher::Multi {
 public:
  explicit Multi(const asio::any_io_executor& executor) : timer_(executor) {
    if (!multi_) throw std::bad_alloc();
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, kConnections);
    curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &watch);
    curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &set_timer);
    curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
  }
  ~Multi() { stop(); }

  asio::awaitable<std::string_view> get(const std::string& url, const FetchOptions& options) {
    stop();  // the fetch of a coroutine that did not live to its end
    easy_ = transfer_.prepare(url, options);
    check(curl_multi_add_handle(multi_.get(), easy_));
    int left = 0;
    const CURLMsg* message = nullptr;
    while ((message = curl_multi_info_read(multi_.get(), &left)) == nullptr) {
      if (timer_.expiry() > Clock::now()) co_await sleep();
      for (const auto& [socket, events] : ready_) act(socket, events);
      ready_.clear();
      if (timer_.expiry() > Clock::now()) continue;
      timer_.expires_at(Clock::time_point::max());  // libcurl sets it anew where it wants it again
      act(CURL_SOCKET_TIMEOUT, 0);
    }
    const CURLcode code = message->data.result;
    stop();
    co_return transfer_.result(code);
  }

 private:
  void stop() {
    if (easy_ != nullptr) curl_multi_remove_handle(multi_.get(), std::exchange(easy_, nullptr));
    ready_.clear();
  }

  void check(CURLMcode code) const {
    if (code != CURLM_OK) throw transfer_.failure(curl_multi_strerror(code));
  }

  void act(curl_socket_t socket, int events) {
    int running = 0;
    check(curl_multi_socket_action(multi_.get(), socket, events, &running));
  }

  /// Until a socket is ready or the timer expires.
  asio::awaitable<void> sleep() {
    for (auto& [socket, watch] : watches_) {
      if ((watch.events & CURL_POLL_IN) != 0) wait(socket, watch, Watch::Descriptor::wait_read);
      if ((watch.events & CURL_POLL_OUT) != 0) wait(socket, watch, Watch::Descriptor::wait_write);
    }
    error_code ignored;
    do {
      co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
      for (auto& [socket, watch] : watches_) watch.descriptor.cancel(ignored);
    } while (waits_ > 0);
  }

  void wait(curl_socket_t socket, Watch& watch, Watch::Descriptor::wait_type type) {
    ++waits_;
    watch.descriptor.async_wait(type, [this, socket, type](const error_code& error) {
      --waits_;
      const int event = type == Watch::Descriptor::wait_read ? CURL_CSELECT_IN : CURL_CSELECT_OUT;
      if (error != asio::error::operation_aborted) ready_.emplace_back(socket, event);
      timer_.cancel();
    });
  }

  static int watch(CURL* /*easy*/, curl_socket_t socket, int events, void* self, void* /*none*/) noexcept {
    auto& multi = *static_cast<Multi*>(self);
    try {
      if (events == CURL_POLL_REMOVE)
        multi.watches_.erase(socket);
      else
        multi.watches_.try_emplace(socket, multi.timer_.get_executor(), socket).first->second.events = events;
      return 0;
    } catch (const std::exception&) {
      return -1;
    }
  }

  static int set_timer(CURLM* /*multi*/, long milliseconds, void* self) noexcept {
    static_cast<Multi*>(self)->timer_.expires_at(
        milliseconds < 0 ? Clock::time_point::max() : Clock::now() + std::chrono::milliseconds(milliseconds));
    return 0;
  }

  asio::steady_timer timer_;
  std::map<curl_socket_t, Watch> watches_;
  int waits_ = 0;
  std::vector<std::pair<curl_socket_t, int>> ready_;
  Transfer transfer_;
  CURL* easy_ = nullptr;  ///< while libcurl performs it
  /// The first to be destroyed: closing connections, it calls watch().
  std::unique_ptr<CURLM, decltype((curl_multi_cleanup))> multi_{curl_multi_init(), curl_multi_cleanup};
};

AsyncFetcher::AsyncFetcher() = default;
AsyncFetcher::~AsyncFetcher() = default;

asio::awaitable<std::string_view> AsyncFetcher::get(std::string url, FetchOptions options) {
  if (!multi_) multi_ = std::make_unique<Multi>(co_await asio::this_coro::executor);
  co_return co_await multi_->get(url, options);
}

}  // namespace fanout
