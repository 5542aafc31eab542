#include "workloads/http/fetch.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "workloads/http/curl.hpp"

namespace fanout {
namespace {

constexpr std::size_t kBodyLimit = std::size_t{1} << 30U;

/// Sets an option that cannot be refused except for lack of memory or by a libcurl built without it.
template <class Value>
void set(CURL* curl, CURLoption option, Value value) {
  const CURLcode code = curl_easy_setopt(curl, option, value);
  if (code != CURLE_OK) throw std::runtime_error(std::string("libcurl refuses an option: ") + curl_easy_strerror(code));
}

template <class Value>
Value ask(CURL* curl, CURLINFO info) {
  Value value = -1;
  curl_easy_getinfo(curl, info, &value);
  return value;
}

/// Whether the answer promises a length that is none: not in digits, more than libcurl can count, or not the same
/// everywhere. libcurl overlooks most of these, and goes by another length or by the connection's end.
bool promises_nonsense(CURL* curl) {
  std::string first;
  curl_header* length = nullptr;
  for (std::size_t i = 0; curl_easy_header(curl, "Content-Length", i, CURLH_HEADER, -1, &length) == CURLHE_OK; ++i) {
    const std::string text = length->value;
    std::uint64_t bytes = 0;  // takes no sign
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
    const bool number = error == std::errc{} && end == text.data() + text.size();
    if (!number || std::cmp_greater(bytes, std::numeric_limits<curl_off_t>::max())) return true;
    if (i > 0 && text != first) return true;
    first = text;
  }
  return false;
}

/// libcurl's write callback: taking less than was offered ends the transfer. Exceptions must not cross C.
std::size_t append(const char* bytes, std::size_t /*one*/, std::size_t size, void* to) noexcept {
  auto& body = *static_cast<std::string*>(to);
  if (size > kBodyLimit - body.size()) return 0;
  try {
    body.append(bytes, size);
  } catch (const std::bad_alloc&) {
    return 0;
  }
  return size;
}

}  // namespace

void Transfer::Cleanup::operator()(void* curl) const { curl_easy_cleanup(curl); }
void Transfer::Cleanup::operator()(curl_slist* list) const { curl_slist_free_all(list); }

Transfer::Transfer() : error_(CURL_ERROR_SIZE, '\0') {
  prepare_fetching();
  curl_.reset(curl_easy_init());
  close_.reset(curl_slist_append(nullptr, "Connection: close"));
  if (!curl_ || !close_) throw std::runtime_error("libcurl has no memory for a handle");
  set(curl_.get(), CURLOPT_NOSIGNAL, 1L);  // a time-out by SIGALRM would hit any thread
  set(curl_.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  set(curl_.get(), CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(curl_.get(), CURLOPT_FOLLOWLOCATION, 1L);
  set(curl_.get(), CURLOPT_MAXREDIRS, 5L);
  set(curl_.get(), CURLOPT_USERAGENT, "fanout");
  set(curl_.get(), CURLOPT_BUFFERSIZE, 128L * 1024);
  set(curl_.get(), CURLOPT_ERRORBUFFER, error_.data());
  set(curl_.get(), CURLOPT_WRITEFUNCTION, &append);
}

void* Transfer::prepare(const std::string& url, const FetchOptions& options) {
  url_ = url;
  options_ = options;
  body_.clear();
  error_.front() = '\0';
  set(curl_.get(), CURLOPT_URL, url.c_str());
  set(curl_.get(), CURLOPT_WRITEDATA, &body_);
  set(curl_.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
  set(curl_.get(), CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.timeout.count()));
  set(curl_.get(), CURLOPT_PROXY, options.proxied ? nullptr : "");
  set(curl_.get(), CURLOPT_FRESH_CONNECT, options.keepalive ? 0L : 1L);
  set(curl_.get(), CURLOPT_FORBID_REUSE, options.keepalive ? 0L : 1L);
  // Who closes first keeps the port in TIME_WAIT: let that be the server, which has ports to spare.
  set(curl_.get(), CURLOPT_HTTPHEADER, options.keepalive ? nullptr : close_.get());
  return curl_.get();
}

std::string_view Transfer::result(int code) const {
  const bool complete = code == CURLE_OK && ask<long>(curl_.get(), CURLINFO_RESPONSE_CODE) == 200;
  if (complete && !promises_nonsense(curl_.get())) return body_;
  throw failure(cause(code));
}

std::runtime_error Transfer::failure(std::string_view cause) const {
  return std::runtime_error("GET " + printable_url(url_) + ": " + printable(cause));
}

std::string Transfer::cause(int code) const {
  // libcurl's own complaint of a length comes before it keeps the header.
  const bool complains = std::string_view(error_.c_str()).find("Content-Length") != std::string_view::npos;
  if (complains || promises_nonsense(curl_.get())) return "invalid Content-Length";
  switch (code) {
    case CURLE_OK:
      return "HTTP " + std::to_string(ask<long>(curl_.get(), CURLINFO_RESPONSE_CODE));
    case CURLE_OPERATION_TIMEDOUT:
      return "no complete answer within " + std::to_string(options_.timeout.count()) + " ms";
    case CURLE_PARTIAL_FILE: {
      const auto promised = ask<curl_off_t>(curl_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T);
      return "short body: " + std::to_string(body_.size()) + " bytes" +
             (promised < 0 ? ", and no end" : " of " + std::to_string(promised));
    }
    case CURLE_COULDNT_CONNECT:
      return "cannot connect: " +
             std::generic_category().message(static_cast<int>(ask<long>(curl_.get(), CURLINFO_OS_ERRNO)));
    case CURLE_WRITE_ERROR:
      return "the body is larger than 1 GiB, or than memory";
    default:
      return *error_.c_str() != '\0' ? error_.c_str() : curl_easy_strerror(static_cast<CURLcode>(code));
  }
}

std::string_view Fetcher::get(const std::string& url, const FetchOptions& options) {
  return transfer_.result(curl_easy_perform(transfer_.prepare(url, options)));
}

Fetcher& Fetcher::mine() {
  thread_local std::unique_ptr<Fetcher> own;
  thread_local pid_t owner = 0;
  if (owner != getpid()) {
    static_cast<void>(own.release());  // the parent's: even closing it here could write to the parent's connection
    own = std::make_unique<Fetcher>();
    owner = getpid();
  }
  return *own;
}

void prepare_fetching() {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (ready != CURLE_OK) throw std::runtime_error(std::string("libcurl cannot start: ") + curl_easy_strerror(ready));
}

std::string printable_url(std::string_view url) {
  const auto start = url.find("://");
  if (start == std::string_view::npos) return printable(url);
  const auto host = url.substr(start + 3, url.find_first_of("/?#", start + 3) - (start + 3));
  const auto at = host.rfind('@');
  if (at == std::string_view::npos) return printable(url);
  return printable(std::string(url.substr(0, start + 3)) + std::string(url.substr(start + 3 + at + 1)));
}

std::string printable(std::string_view text) {
  constexpr std::size_t longest = 120;
  std::string shown(text.substr(0, longest));
  std::ranges::replace_if(
      shown, [](char c) { return c < ' ' || c > '~'; }, '?');
  return text.size() > longest ? shown + "..." : shown;
}

}  // namespace fanout
