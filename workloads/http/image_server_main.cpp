// fanout-server: the images of image_server.hpp as a process of their own, so that serving them is no worker's time.

#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/system/system_error.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <stdexcept>

#include "workloads/http/image_parameters.hpp"
#include "workloads/http/image_server.hpp"

namespace {

using namespace fanout;
namespace asio = boost::asio;

struct Settings {
  Images images;
  std::uint16_t port = 0;
  std::chrono::seconds patience{30};
  bool until_stdin_closes = false;
};

/// Adds the option that is spelt, checked and defaulted like the parameter.
void add(CLI::App& app, const Parameter& parameter, const std::function<void(std::int64_t)>& take) {
  take(parse_number(parameter.type, parameter.default_value));
  const auto flag = "--" + parameter.name;
  const auto read = [=](const std::string& text) {
    take(parse_number(parameter.type, parameter.canonical(text, flag)));
  };
  app.add_option_function<std::string>(flag, read, parameter.help + " (" + parameter.accepted() + ")")
      ->default_str(parameter.default_value)
      ->type_name("");
}

void describe(CLI::App& app, Settings& settings) {
  auto& images = settings.images;
  app.name("fanout-server");
  app.description("Serves seeded images (noise) at /image/<i> on 127.0.0.1, and their count at /served.");
  app.footer(
      "Examples:\n"
      "  fanout-server --port=8080 --latency=100ms     # then: curl http://127.0.0.1:8080/image/7 > 7.bin\n"
      "  fanout-server --seed=7 --size=1MiB --jitter=50\n"
      "Prints its URL when it listens. Ends by Ctrl-C or SIGTERM.");
  app.add_option("--seed", images.seed, "of the images' bytes, sizes and latencies")->capture_default_str();
  add(app, latency_parameter(), [&](std::int64_t ns) { images.latency = std::chrono::nanoseconds{ns}; });
  add(app, jitter_parameter(), [&](std::int64_t percent) { images.jitter = percent; });
  add(app, size_parameter(), [&](std::int64_t bytes) { images.size = static_cast<std::uint64_t>(bytes); });
  app.add_option("--port", settings.port, "to listen on; 0 is a free one")->capture_default_str();
  const auto patience = Parameter::duration("patience", "how slow a client may be", "30s", "1s", "3600s");
  add(app, patience, [&](std::int64_t ns) {
    settings.patience = std::chrono::ceil<std::chrono::seconds>(std::chrono::nanoseconds{ns});
  });
  app.add_flag("--until-stdin-closes", settings.until_stdin_closes,
               "end when standard input closes instead, and ignore Ctrl-C: for a parent that must not be outlived");
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/// Reads on until there is no more.
void stop_at_end_of(asio::posix::stream_descriptor& input, asio::io_context& context) {
  static std::array<char, 256> ignored;
  input.async_read_some(asio::buffer(ignored), [&](const boost::system::error_code& error, std::size_t) {
    if (error) return context.stop();
    stop_at_end_of(input, context);
  });
}

std::unique_ptr<ImageServer> listen(asio::io_context& context, const Settings& settings) {
  try {
    return std::make_unique<ImageServer>(context, settings.images, settings.port, settings.patience);
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error("cannot listen on port " + std::to_string(settings.port) + ": " + error.what());
  }
}

void serve(const Settings& settings) {
  asio::io_context context{1};
  asio::signal_set signals{context, SIGTERM};
  asio::posix::stream_descriptor input{context};
  if (settings.until_stdin_closes) {
    std::signal(SIGINT, SIG_IGN);
    input.assign(STDIN_FILENO);
    stop_at_end_of(input, context);
  } else {
    signals.add(SIGINT);
  }
  signals.async_wait([&](const boost::system::error_code&, int) { context.stop(); });
  const auto server = listen(context, settings);
  std::cout << server->url() << std::endl;
  context.run();
}

/// The process's exit status.
int start(int argc, char** argv) {
  Settings settings;
  CLI::App app;
  try {
    describe(app, settings);
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const UsageError& error) {
    std::cerr << "fanout-server: " << error.what() << '\n';
    return 2;
  }
  raise_descriptor_limit();
  serve(settings);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return start(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fanout-server: %s\n", error.what());
    return 1;
  }
}
