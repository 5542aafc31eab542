#include "benchmarks/receipt.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <climits>
#include <thread>

#include "benchmarks/receipt/visit.hpp"

namespace fanout {
namespace {

/// Tasks in flight, and tasks handed out at once, that these options ask for.
std::size_t in_flight_of(const Options& options, std::size_t tasks) {
  const auto given = options.values.number_of(role::kInFlight).value_or(0);
  return std::min(tasks, given > 0 ? static_cast<std::size_t>(given) : tasks);
}

std::size_t grain_of(const Options& options) {
  return static_cast<std::size_t>(std::max<std::int64_t>(1, options.values.number_of(role::kGrain).value_or(1)));
}

}  // namespace

Receipt::Receipt(const Workload& workload, const Options& options, ExecutorEntry::Kind kind,
                 std::chrono::milliseconds patience, std::vector<unsigned> home)
    : Decorator(workload),
      kind_(kind),
      patience_(patience),
      home_(std::move(home)),
      parent_(getpid()),
      processes_(options.workers),
      runs_(workload.tasks()) {
  const auto most = std::min(in_flight_of(options, workload.tasks()), std::size_t{UINT_MAX});
  const auto ranges = workload.forks() ? breadth_of(workload) : (most + grain_of(options) - 1) / grain_of(options);
  in_flight_->wanted = static_cast<unsigned>(most);
  workers_->wanted = static_cast<unsigned>(std::min<std::size_t>(options.workers, ranges));
}

void Receipt::run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const {
  if (first == last) return;  // a worker without a task does not count as one
  if (inner().forks()) {
    for (std::size_t i = first; i < last; ++i) run_tree(i, out.subspan((i - first) * width(), width()));
    return;
  }
  const Visit visit(*workers_);
  meet_workers();
  for (std::size_t i = first; i < last; ++i) ++runs_[i];
  const auto start = thread_cpu_time();
  run_inner(first, last, out);
  *cpu_ += std::max(thread_cpu_time() - start - reading_, std::chrono::nanoseconds(0)).count();
}

void Receipt::meet_workers() const {
  note_process();
  if (!workers_->over) meet(*workers_);
  note_placement();
}

void Receipt::meet(Meeting& meeting) const {
  const auto deadline = Clock::now() + patience_;
  while (!meeting.over && meeting.most < meeting.wanted && Clock::now() < deadline) std::this_thread::yield();
  meeting.over = true;
}

void Receipt::note_process() const {
  const pid_t self = getpid();
  if (self == parent_) {
    places_->here = true;
    return;
  }
  places_->elsewhere = self;
  for (auto& place : processes_.span()) {
    pid_t free = 0;
    if (place == self || place.compare_exchange_strong(free, self) || free == self) return;
  }
}

void Receipt::note_placement() const {
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

class Receipt::CountingLane final : public Lane {
 public:
  CountingLane(const Receipt& receipt, std::unique_ptr<Lane> lane) : receipt_(receipt), lane_(std::move(lane)) {}

  boost::asio::awaitable<void> run(std::size_t task, std::span<std::uint64_t> out) override {
    Meeting& in_flight = *receipt_.in_flight_;
    const Visit flight(in_flight);
    if (Meeting& workers = *receipt_.workers_; !workers.over) {
      const Visit visit(workers);
      receipt_.meet_workers();
    }
    boost::asio::steady_timer pause(co_await boost::asio::this_coro::executor);
    const auto deadline = Clock::now() + receipt_.patience_;
    while (!in_flight.over && in_flight.most < in_flight.wanted && Clock::now() < deadline) {
      pause.expires_after(std::chrono::milliseconds(1));
      co_await pause.async_wait(boost::asio::use_awaitable);
    }
    in_flight.over = true;
    ++receipt_.runs_[task];
    co_await lane_->run(task, out);
  }

 private:
  const Receipt& receipt_;
  std::unique_ptr<Lane> lane_;
};

std::unique_ptr<AsyncWorkload::Lane> Receipt::lane() const {
  return std::make_unique<CountingLane>(*this, inner().async()->lane());
}

unsigned Receipt::at_once() const { return std::max(1U, in_flight_->most > 0 ? in_flight_->wanted : workers_->wanted); }

std::optional<std::string> Receipt::check(Executor& executor, Ledger& ledger) {
  start_anew();
  executor.run(ledger.job(*this));
  ledger.close_batch();
  least_cpu_ = std::min(least_cpu_, std::chrono::nanoseconds(*cpu_));
  if (auto wrong = wrong_counts()) return wrong;
  if (auto wrong = ledger.broken()) return wrong;
  return wrong_workers();
}

void Receipt::start_anew() {
  for (Meeting* meeting : {&*workers_, &*in_flight_}) {
    meeting->most = 0;
    meeting->over = false;
  }
  places_->here = false;
  places_->elsewhere = 0;
  *cpu_ = 0;
  for (auto& process : processes_.span()) process = 0;
  for (auto& count : runs_.span()) count = 0;
}

std::optional<std::string> Receipt::wrong_counts() const {
  for (std::size_t i = 0; i < tasks(); ++i) {
    if (runs_[i] == 0) return "task " + std::to_string(i) + " never ran";
    if (runs_[i] > 1) return "task " + std::to_string(i) + " ran " + std::to_string(runs_[i]) + " times";
  }
  return {};
}

std::optional<std::string> Receipt::wrong_workers() const {
  const auto short_of = [](unsigned seen, unsigned wanted, const char* what) -> std::optional<std::string> {
    if (seen == wanted) return {};
    return std::to_string(seen) + " " + what + " at the same time, not " + std::to_string(wanted) + " as asked for";
  };
  if (auto wrong = short_of(workers_->most, workers_->wanted, "workers ran")) return wrong;
  if (in_flight_->most > 0) {
    if (auto wrong = short_of(in_flight_->most, in_flight_->wanted, "tasks were in flight")) return wrong;
  }
  if (kind_ != ExecutorEntry::Kind::processes) {
    if (places_->elsewhere == 0) return {};
    return "a task ran in process " + std::to_string(places_->elsewhere) +
           ", where workers are to be threads of this one";
  }
  if (places_->here) return "a task ran in the process that called run(), where workers are to be others";
  const auto others = std::ranges::count_if(processes_.span(), [](const auto& process) { return process != 0; });
  if (others >= workers_->wanted) return {};
  return std::to_string(others) + " processes ran tasks, not " + std::to_string(workers_->wanted) + " as asked for";
}

}  // namespace fanout
