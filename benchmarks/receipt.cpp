#include "benchmarks/receipt.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <climits>
#include <thread>

namespace fanout {

/// A caller's stay in a meeting. A task that throws leaves too.
class Receipt::Visit {
 public:
  explicit Visit(Meeting& meeting) : meeting_(meeting) {
    const unsigned inside = ++meeting_.inside;
    for (unsigned most = meeting_.most; most < inside && !meeting_.most.compare_exchange_weak(most, inside);) {
    }
  }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;
  ~Visit() { --meeting_.inside; }

 private:
  Meeting& meeting_;
};

Receipt::Receipt(const Workload& workload, const Options& options, std::chrono::milliseconds patience,
                 std::vector<unsigned> home)
    : workload_(workload), patience_(patience), home_(std::move(home)), runs_(workload.tasks()) {
  const std::size_t in_flight = options.in_flight > 0 ? options.in_flight : workload.tasks();
  const std::size_t most = std::min({in_flight, workload.tasks(), std::size_t{UINT_MAX}});
  in_flight_->wanted = static_cast<unsigned>(most);
  const std::size_t grain = std::max<std::size_t>(1, options.grain);
  workers_->wanted = std::min({options.workers, in_flight_->wanted, static_cast<unsigned>((most + grain - 1) / grain)});
}

void Receipt::run(std::size_t first, std::size_t last, std::span<std::uint64_t> digests) const {
  if (first == last) return;  // a worker without a task does not count as one
  const Visit visit(*workers_);
  if (!workers_->over) meet(*workers_);
  look_where_this_is();
  for (std::size_t i = first; i < last; ++i) ++runs_[i];
  workload_.run(first, last, digests);
}

void Receipt::look_where_this_is() const {
  const auto here = affinity();
  if (here == home_ || stray_->seen.exchange(true)) return;
  stray_->outside = !std::ranges::includes(home_, here);
  stray_->cpus = here.size();
}

std::optional<std::string> Receipt::misplaced() const {
  if (!stray_->seen) return {};
  const auto counted = [](std::size_t cpus) { return std::to_string(cpus) + (cpus == 1 ? " CPU" : " CPUs"); };
  return "a worker may use " + counted(stray_->cpus) + (stray_->outside ? ", some of them not among" : " of") +
         " the " + std::to_string(home_.size()) +
         " that its process was given: a runtime has placed it; unset OMP_PROC_BIND, OMP_PLACES and GOMP_CPU_AFFINITY";
}

void Receipt::meet(Meeting& meeting) const {
  const auto deadline = Clock::now() + patience_;
  while (!meeting.over && meeting.most < meeting.wanted && Clock::now() < deadline) std::this_thread::yield();
  meeting.over = true;
}

class Receipt::CountingLane final : public Lane {
 public:
  CountingLane(const Receipt& receipt, std::unique_ptr<Lane> lane) : receipt_(receipt), lane_(std::move(lane)) {}

  boost::asio::awaitable<void> run(std::size_t task, std::span<std::uint64_t> digests) override {
    Meeting& in_flight = *receipt_.in_flight_;
    const Visit flight(in_flight);
    if (Meeting& workers = *receipt_.workers_; !workers.over) {
      const Visit visit(workers);
      receipt_.meet(workers);
    }
    receipt_.look_where_this_is();
    boost::asio::steady_timer pause(co_await boost::asio::this_coro::executor);
    const auto deadline = Clock::now() + receipt_.patience_;
    while (!in_flight.over && in_flight.most < in_flight.wanted && Clock::now() < deadline) {
      pause.expires_after(std::chrono::milliseconds(1));
      co_await pause.async_wait(boost::asio::use_awaitable);
    }
    in_flight.over = true;
    ++receipt_.runs_[task];
    co_await lane_->run(task, digests);
  }

 private:
  const Receipt& receipt_;
  std::unique_ptr<Lane> lane_;
};

std::unique_ptr<AsyncWorkload::Lane> Receipt::lane() const {
  return std::make_unique<CountingLane>(*this, workload_.async()->lane());
}

unsigned Receipt::at_once() const { return std::max(1U, in_flight_->most > 0 ? in_flight_->wanted : workers_->wanted); }

std::optional<std::string> Receipt::check(Executor& executor, std::span<std::uint64_t> digests,
                                          std::span<const std::uint64_t> expected) {
  if (expected.size() != tasks() * width())
    return "the workload has " + std::to_string(tasks()) + " tasks of " + std::to_string(width()) +
           " words but expects " + std::to_string(expected.size()) + " words of digests";
  poison(digests, expected);
  executor.run({this, digests});
  for (std::size_t i = 0; i < tasks(); ++i) {
    if (runs_[i] == 0) return "task " + std::to_string(i) + " never ran";
    if (runs_[i] > 1) return "task " + std::to_string(i) + " ran " + std::to_string(runs_[i]) + " times";
  }
  if (auto wrong = wrong_digest(digests, expected, width())) return wrong;
  const auto short_of = [](const Meeting& meeting, const char* what) -> std::optional<std::string> {
    if (meeting.most == meeting.wanted) return {};
    return std::to_string(meeting.most) + " " + what + " at the same time, not " + std::to_string(meeting.wanted) +
           " as asked for";
  };
  if (auto wrong = short_of(*workers_, "workers ran")) return wrong;
  return in_flight_->most > 0 ? short_of(*in_flight_, "tasks were in flight") : std::nullopt;
}

void poison(std::span<std::uint64_t> digests, std::span<const std::uint64_t> expected) {
  std::ranges::transform(expected, digests.begin(), std::bit_not<>());
}

std::optional<std::string> wrong_digest(std::span<const std::uint64_t> digests, std::span<const std::uint64_t> expected,
                                        std::size_t width) {
  const auto [digest, truth] = std::ranges::mismatch(digests, expected);
  if (truth == expected.end()) return {};
  const auto task = static_cast<std::size_t>(truth - expected.begin()) / width;
  return "task " + std::to_string(task) + " gave the digest " + std::to_string(*digest) + ", not " +
         std::to_string(*truth);
}

}  // namespace fanout
