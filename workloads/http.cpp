#include <algorithm>
#include <charconv>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "workloads/async_workload.hpp"
#include "workloads/digest.hpp"
#include "workloads/http/async.hpp"
#include "workloads/http/fetch.hpp"
#include "workloads/http/image_parameters.hpp"
#include "workloads/http/images.hpp"
#include "workloads/http/server.hpp"
#include "workloads/http/urls.hpp"
#include "workloads/workload.hpp"

namespace fanout {
namespace {

/// A task fetches one URL; its digest is the body's hash.
class Http : public Workload, private AsyncWorkload {
 public:
  Http(std::size_t tasks, FetchOptions options) : tasks_{tasks}, options_{options} {}

  [[nodiscard]] std::size_t tasks() const override { return tasks_; }

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    auto& fetcher = Fetcher::mine();
    for (std::size_t i = first; i < last; ++i) deliver(out[i - first], hash(fetcher.get(url(i), options_)));
  }

  [[nodiscard]] const AsyncWorkload* async() const override { return this; }

 protected:
  [[nodiscard]] virtual std::string url(std::size_t task) const = 0;
  [[nodiscard]] const FetchOptions& options() const { return options_; }

 private:
  class FetchLane final : public Lane {
   public:
    explicit FetchLane(const Http& http) : http_{http} {}

    boost::asio::awaitable<void> run(std::size_t task, std::span<std::uint64_t> out) override {
      http_.deliver(out[0], hash(co_await fetcher_.get(http_.url(task), http_.options_)));
    }

   private:
    const Http& http_;
    AsyncFetcher fetcher_;
  };

  [[nodiscard]] std::unique_ptr<Lane> lane() const override { return std::make_unique<FetchLane>(*this); }

  std::size_t tasks_;
  FetchOptions options_;
};

/// Fetches of seeded images from a server of our own, which counts them.
class ImageFetches : public Http {
 public:
  ImageFetches(const Values& values, std::uint64_t seed, std::size_t tasks, FetchOptions options)
      : Http{tasks, options},
        images_{.seed = seed,
                .size = static_cast<std::uint64_t>(values.number("size")),
                .latency = std::chrono::nanoseconds{values.number("latency")},
                .jitter = values.number("jitter")},
        server_{{"--seed=" + std::to_string(seed), "--latency=" + values.text("latency"),
                 "--jitter=" + values.text("jitter"), "--size=" + values.text("size")}} {}

  [[nodiscard]] std::vector<std::uint64_t> expected() const override {
    std::vector<std::uint64_t> digests(tasks());
    for (std::size_t i = 0; i < tasks(); ++i) digests[i] = hash(images_.image(i));
    return digests;
  }

  [[nodiscard]] std::optional<std::uint64_t> completed() const override {
    Fetcher fetcher;  // not a worker's: its connection may be broken, or closed by now
    const auto text = fetcher.get(server_.url() + "/served", {.proxied = false});
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error == std::errc{} && end == text.data() + text.size()) return count;
    throw std::runtime_error("the server's count is no number: '" + printable(text) + "'");
  }

  /// One task waits the longest delay; on average each of those at once waits its share; and one of them has
  /// ceil(tasks / at_once) tasks or more, which wait no less than as many of the shortest delays.
  [[nodiscard]] std::chrono::nanoseconds minimum_time(unsigned at_once) const override {
    using std::chrono::nanoseconds;
    if (tasks() == 0 || at_once == 0) return {};
    std::vector<nanoseconds> delays(tasks());
    for (std::size_t i = 0; i < tasks(); ++i) delays[i] = images_.delay(i);
    std::ranges::sort(delays);
    const auto share = static_cast<std::ptrdiff_t>((tasks() + at_once - 1) / at_once);
    const auto shortest = std::accumulate(delays.begin(), delays.begin() + share, nanoseconds{});
    const auto all = std::accumulate(delays.begin(), delays.end(), nanoseconds{});
    return std::max({delays.back(), all / at_once, shortest});
  }

 private:
  [[nodiscard]] std::string url(std::size_t task) const override {
    return server_.url() + "/image/" + std::to_string(task);
  }

  Images images_;
  ServerProcess server_;
};

/// Fetches from the user's own list: task i takes the i-th URL, and begins again at the list's end.
class ListFetches : public Http {
 public:
  ListFetches(std::vector<std::string> urls, std::size_t tasks, FetchOptions options)
      : Http{tasks, options}, urls_{std::move(urls)} {
    Fetcher reference;
    urls_.resize(std::min(urls_.size(), std::max<std::size_t>(1, tasks)));
    for (const auto& url : urls_) digests_.push_back(tasks == 0 ? 0 : hash(reference.get(url, options)));
  }

  /// As one fetch of each URL had it before anybody ran.
  [[nodiscard]] std::vector<std::uint64_t> expected() const override {
    std::vector<std::uint64_t> digests(tasks());
    for (std::size_t i = 0; i < tasks(); ++i) digests[i] = digests_[i % digests_.size()];
    return digests;
  }

 private:
  [[nodiscard]] std::string url(std::size_t task) const override { return urls_[task % urls_.size()]; }

  std::vector<std::string> urls_;
  std::vector<std::uint64_t> digests_;
};

void check_http(const Values& values) {
  if (values.text("urls").empty()) return;
  (void)read_urls(values.text("urls"));
  for (const auto& parameter : {latency_parameter(), size_parameter(), jitter_parameter()}) {
    if (values.text(parameter.name) == parameter.default_value) continue;
    throw UsageError("http." + parameter.name + " belongs to the embedded server, which does not run with http.urls");
  }
}

std::unique_ptr<Workload> build_http(const Values& values, std::uint64_t seed) {
  const auto tasks = static_cast<std::size_t>(values.number("requests"));
  FetchOptions options{
      .timeout = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::nanoseconds{values.number("timeout")}),
      .keepalive = values.text("keepalive") == "yes",
      .proxied = false};
  prepare_fetching();
  if (values.text("urls").empty()) return make_workload<ImageFetches>(values, seed, tasks, options);
  options.proxied = true;
  return make_workload<ListFetches>(read_urls(values.text("urls")), tasks, options);
}

const Workloads::Add http_added{WorkloadEntry{
    .name = "http",
    .help = "fetches images over HTTP with libcurl, from an embedded server or from your own list of URLs",
    .waits = true,
    .parameters = {Parameter::count("requests", "fetches in one batch", "requests", 26, 0, 100'000).as(role::kTasks),
                   latency_parameter().replaced_by("urls").as(role::kDuration).briefly("2ms"),
                   size_parameter().replaced_by("urls").as(role::kResultBytes),
                   Parameter::choice("keepalive", "whether a worker keeps its connection", {"yes", "no"}),
                   jitter_parameter().replaced_by("urls"),
                   Parameter::duration("timeout", "of one fetch", "10s", "1ms", "600s").unnamed(),
                   Parameter::file("urls",
                                   "http(s) URLs to fetch instead, one a line; each must always give the same")},
    .check = &check_http,
    .build = &build_http}};

}  // namespace
}  // namespace fanout
