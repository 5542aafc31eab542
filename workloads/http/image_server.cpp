#include "workloads/http/image_server.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/write.hpp>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

namespace fanout {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using TcpStream = beast::basic_stream<tcp, asio::io_context::executor_type>;

constexpr std::size_t kGalleryBytes = std::size_t{256} << 20U;
constexpr int kSendBytes = 256 * 1024;  // so that most images take one write
constexpr std::uint32_t kHeaderBytes = 8 * 1024;
constexpr std::size_t kBufferBytes = std::size_t{16} * 1024;

/// i of "/image/<i>".
std::optional<std::uint64_t> image_number(std::string_view target) {
  constexpr std::string_view path = "/image/";
  if (!target.starts_with(path)) return {};
  target.remove_prefix(path.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(target.data(), target.data() + target.size(), number);
  if (error != std::errc{} || end != target.data() + target.size()) return {};
  return number;
}

/// The answer to a client whose request could not be read; nothing where the client is gone.
std::optional<http::status> refusal(const error_code& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return http::status::request_header_fields_too_large;
  }
  const bool malformed = error.category() == make_error_code(http::error::bad_method).category();
  if (!malformed || error == http::error::end_of_stream) return {};
  return http::status::bad_request;
}

}  // namespace

std::shared_ptr<const std::string> Gallery::image(std::uint64_t i) {
  if (const auto kept = kept_.find(i); kept != kept_.end()) return kept->second;
  auto made = std::make_shared<const std::string>(images_.image(i));
  if (bytes_ + made->size() <= kGalleryBytes) {
    bytes_ += made->size();
    kept_.emplace(i, made);
  }
  return made;
}

/// One client's connection: reads a request, waits, writes the answer, and again. Whatever it waits for holds it; it
/// ends when it waits for nothing.
class ImageServer::Conversation : public std::enable_shared_from_this<Conversation> {
 public:
  Conversation(ImageServer& server, TcpStream::socket_type socket)
      : server_{server}, stream_{std::move(socket)}, timer_{stream_.get_executor()} {
    error_code ignored;  // of a client that has left already
    stream_.socket().set_option(tcp::no_delay{true}, ignored);
    stream_.socket().set_option(asio::socket_base::send_buffer_size{kSendBytes}, ignored);
  }

  void read() {
    request_.emplace();
    request_->header_limit(kHeaderBytes);
    stream_.expires_after(server_.patience_);
    http::async_read_header(stream_, buffer_, *request_, [self = shared_from_this()](error_code error, std::size_t) {
      if (!error) return self->answer();
      if (const auto status = refusal(error)) self->write({.status = *status, .last = true});
    });
  }

 private:
  struct Answer {
    http::status status = http::status::ok;
    const char* type = "text/plain";
    std::shared_ptr<const std::string> body = {};
    bool last = false;   ///< the connection cannot go on after it
    bool image = false;  ///< to be counted
  };

  void answer() {
    if (request_->get().method() != http::verb::get) {
      return write({.status = http::status::method_not_allowed, .last = true});
    }
    if (!request_->is_done()) return write({.status = http::status::bad_request, .last = true});  // a GET with a body
    const std::string_view target{request_->get().target().data(), request_->get().target().size()};
    if (target == "/served") return write({.body = std::make_shared<std::string>(std::to_string(server_.served_))});
    if (const auto number = image_number(target)) return wait(*number);
    write({.status = http::status::not_found});
  }

  void wait(std::uint64_t number) {
    timer_.expires_after(server_.gallery_.delay(number));
    timer_.async_wait([self = shared_from_this(), number](error_code error) {
      if (error) return;
      self->write({.type = "application/octet-stream", .body = self->server_.gallery_.image(number), .image = true});
    });
  }

  void write(Answer answer) {
    answer_ = std::move(answer);
    response_ = {answer_.status, request_->get().version()};
    if (answer_.body) {
      response_.body() = {answer_.body->data(), answer_.body->size()};
      response_.set(http::field::content_type, answer_.type);
    }
    if (answer_.status == http::status::method_not_allowed) response_.set(http::field::allow, "GET");
    response_.keep_alive(!answer_.last && request_->keep_alive());
    response_.prepare_payload();
    stream_.expires_after(server_.patience_);
    http::async_write(stream_, response_, [self = shared_from_this()](error_code error, std::size_t) {
      if (!error) self->go_on();
    });
  }

  void go_on() {
    if (answer_.image) ++server_.served_;
    answer_.body.reset();
    if (!response_.need_eof()) return read();
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    drain();
  }

  /// Closing over unread bytes would reset the connection, and the answer might be lost: reads until the client closes.
  void drain() {
    stream_.async_read_some(asio::buffer(rest_), [self = shared_from_this()](error_code error, std::size_t) {
      if (!error) self->drain();
    });
  }

  ImageServer& server_;
  TcpStream stream_;
  asio::steady_timer timer_;
  beast::flat_buffer buffer_{kBufferBytes};
  std::optional<http::request_parser<http::empty_body>> request_;
  Answer answer_;
  http::response<http::span_body<const char>> response_;
  std::array<char, 512> rest_{};
};

ImageServer::ImageServer(asio::io_context& context, const Images& images, std::uint16_t port,
                         std::chrono::seconds patience)
    : acceptor_{context.get_executor(), tcp::endpoint{asio::ip::address_v4::loopback(), port}},
      pause_{context},
      gallery_{images},
      patience_{patience} {
  accept();
}

std::string ImageServer::url() const { return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }

void ImageServer::accept() {
  acceptor_.async_accept([this](error_code error, TcpStream::socket_type socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      std::make_shared<Conversation>(*this, std::move(socket))->read();
      return accept();
    }
    // No descriptor is left, say: accepting would fail again at once until a client has gone.
    pause_.expires_after(std::chrono::milliseconds{10});
    pause_.async_wait([this](error_code stopped) {
      if (!stopped) accept();
    });
  });
}

}  // namespace fanout
