#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "workloads/http/images.hpp"

namespace fanout {

/// Images made once and kept, up to 256 MiB of them; the rest are made whenever they are asked for.
class Gallery {
 public:
  explicit Gallery(const Images& images) : images_{images} {}
  [[nodiscard]] std::shared_ptr<const std::string> image(std::uint64_t i);
  [[nodiscard]] std::chrono::nanoseconds delay(std::uint64_t i) const { return images_.delay(i); }

 private:
  Images images_;
  std::unordered_map<std::uint64_t, std::shared_ptr<const std::string>> kept_;
  std::size_t bytes_ = 0;
};

/// An HTTP/1.1 server of seeded images on 127.0.0.1: one thread, a timer a request, as many requests in flight as the
/// process may have descriptors.
///
///     GET /image/<i>   image i, after its delay
///     GET /served      how many images have been written completely
class ImageServer {
 public:
  /// Listens on `port`, or on a free one for 0, while `context` runs. A client that takes longer than `patience` to
  /// send a request or to take an answer is disconnected. Throws boost::system::system_error if it cannot listen.
  ImageServer(boost::asio::io_context& context, const Images& images, std::uint16_t port,
              std::chrono::seconds patience);

  /// "http://127.0.0.1:<port>"
  [[nodiscard]] std::string url() const;

 private:
  class Conversation;
  void accept();

  boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, boost::asio::io_context::executor_type> acceptor_;
  boost::asio::steady_timer pause_;
  Gallery gallery_;
  std::chrono::seconds patience_;
  std::uint64_t served_ = 0;
};

}  // namespace fanout
