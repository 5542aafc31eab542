#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "benchmarks/observer.hpp"
#include "benchmarks/observers/support/attending.hpp"
#include "benchmarks/observers/support/seats.hpp"
#include "system/waiting.hpp"

namespace fanout {
namespace {

using nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr std::size_t kSpare = 8;              // places of threads that end while the next one begins
constexpr std::size_t kAtOnce = 16;            // workers in a look, a few us each: a fraction of a CPU at most
constexpr double kShortest = 1, kLongest = 3;  // ms between looks: no rhythm of the workers' own can hide from them

/// The decorator: notes the threads that run tasks.
class Attendance final : public Attending {
 public:
  Attendance(const Workload& workload, unsigned workers) : Attending(workload), seats_(workers + kSpare) {}

  [[nodiscard]] const Seats& seats() const { return seats_; }

 private:
  void attend() const override {
    seats_.mine([](std::size_t) {});
  }

  Seats seats_;
};

/// What the workers were found at.
struct Found {
  std::map<std::string, std::uint64_t> blocked = {};  ///< by system call
  std::uint64_t running = 0;
  std::uint64_t unreadable = 0;
  std::uint64_t rounds = 0;
  std::string reason = {};

  void add(const Waiting& seen) {
    switch (seen.state) {
      case Waiting::State::running:
        ++running;
        break;
      case Waiting::State::blocked:
        ++blocked[seen.what];
        break;
      case Waiting::State::unreadable:
        ++unreadable;
        reason = seen.what;
        break;
      case Waiting::State::gone:
        break;
    }
  }
};

/// A thread that looks at the workers until it is stopped.
class Looking {
 public:
  explicit Looking(const Seats& seats) : seats_(seats), thread_([this](const std::stop_token& stop) { look(stop); }) {}

  Found stop() {
    thread_.request_stop();
    thread_.join();
    return std::move(found_);
  }

 private:
  void look(const std::stop_token& stop) {
    std::minstd_rand random;
    std::uniform_real_distribution<double> pause(kShortest, kLongest);
    std::mutex mutex;
    std::condition_variable_any stopped;
    for (std::unique_lock lock(mutex);;) {
      stopped.wait_for(lock, stop, std::chrono::duration<double, std::milli>(pause(random)), [] { return false; });
      if (stop.stop_requested()) return;
      ++found_.rounds;
      for (std::size_t i = 0; i < std::min(kAtOnce, seats_.size()); ++i, next_ = (next_ + 1) % seats_.size()) {
        const auto [process, thread] = seats_.owner(next_);
        if (process != 0) found_.add(waiting(process, thread));
      }
    }
  }

  const Seats& seats_;
  std::size_t next_ = 0;
  Found found_;
  std::jthread thread_;  // last: it uses the others
};

/// On what workers are blocked.
class Calls final : public Observer {
 public:
  const Workload& wrap(const Workload& workload, const Options& options) override {
    attendance_ = std::make_unique<Attendance>(workload, options.workers);
    return *attendance_;
  }

  void begin(const Executor& /*executor*/) override {
    start_ = Clock::now();
    looking_ = std::make_unique<Looking>(attendance_->seats());
  }

  void end(const Executor& /*executor*/) override {
    found_ = looking_->stop();
    wall_ = Clock::now() - start_;
  }

  [[nodiscard]] ordered_json evidence(std::uint64_t batches) const override {
    std::vector<std::pair<std::string, std::uint64_t>> calls(found_.blocked.begin(), found_.blocked.end());
    std::ranges::stable_sort(calls, std::ranges::greater{}, &decltype(calls)::value_type::second);
    ordered_json blocked = ordered_json::object();
    std::uint64_t looks = found_.running + found_.unreadable;
    for (const auto& [name, count] : calls) {
      blocked[name] = count;
      looks += count;
    }
    const double interval = found_.rounds > 0 ? wall_.count() / static_cast<double>(found_.rounds) : 0;
    return {{"batches", batches},
            {"seconds", wall_.count()},
            {"interval", interval},
            {"looks", looks},
            {"blocked", blocked},
            {"running", found_.running},
            {"unreadable", found_.unreadable},
            {"reason", found_.reason}};
  }

 private:
  std::unique_ptr<Attendance> attendance_;
  std::unique_ptr<Looking> looking_;
  Clock::time_point start_;
  Seconds wall_{};
  Found found_;
};

const Observers::Add calls_added{ObserverEntry{
    .name = "calls", .help = "in which system calls workers are blocked, by looks every 1 to 3 ms", .make = [] {
      return std::make_unique<Calls>();
    }}};

}  // namespace
}  // namespace fanout
