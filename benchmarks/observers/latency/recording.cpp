#include "benchmarks/observers/latency/recording.hpp"

#include "system/monotonic.hpp"

namespace fanout::latency {
namespace {

constexpr std::size_t kSpare = 8;  // places of threads that end while the next one begins

}  // namespace

/// Coroutines stay what they are.
class Recording::TimedLane final : public Lane {
 public:
  explicit TimedLane(const Recording& recording) : recording_(recording), lane_(recording.inner().async()->lane()) {}

  boost::asio::awaitable<void> run(std::size_t task, std::span<std::uint64_t> out) override {
    const std::int64_t start = monotonic_time();
    const auto due = recording_.begin(task);
    if (!due) co_return;
    try {
      co_await lane_->run(due->task, out);
    } catch (...) {
      ++recording_.board_->threw;
      throw;
    }
    recording_.record(*due, start, monotonic_time());
  }

 private:
  const Recording& recording_;
  std::unique_ptr<Lane> lane_;
};

Recording::Recording(const Workload& workload, unsigned workers)
    : Decorator(workload), seats_(workers + kSpare), places_(seats_.size(), Untouched{}) {}

void Recording::run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const {
  const std::size_t words = width();
  for (std::size_t task = first; task < last; ++task) {
    const std::int64_t start = monotonic_time();
    const auto due = begin(task);
    if (!due) continue;
    try {
      run_inner(due->task, due->task + 1, out.subspan((task - first) * words, words));
    } catch (...) {
      ++board_->threw;
      throw;
    }
    record(*due, start, monotonic_time());
  }
}

void Recording::record(const Due& due, std::int64_t start, std::int64_t end) const {
  if (!board_->open.load(std::memory_order_relaxed)) return;
  const auto place = seats_.mine([this](std::size_t taken) {
    if (sheet(taken) == nullptr) new (places_[taken].sheet) Sheet;
    std::atomic_ref(places_[taken].made).store(true, std::memory_order_release);
    (void)sheet(taken)->tasks.load(std::memory_order_acquire);  // all that the thread before has done here is done
  });
  if (!place) {
    ++board_->missed;
    return;
  }
  auto& mine = *std::launder(reinterpret_cast<Sheet*>(places_[*place].sheet));
  mine.times.add(due.at, start, end);
  mine.tasks.store(mine.tasks.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

const Recording::Sheet* Recording::sheet(std::size_t place) const {
  const bool made = std::atomic_ref(places_[place].made).load(std::memory_order_acquire);
  return made ? std::launder(reinterpret_cast<const Sheet*>(places_[place].sheet)) : nullptr;
}

std::unique_ptr<AsyncWorkload::Lane> Recording::lane() const { return std::make_unique<TimedLane>(*this); }

void Recording::open() {
  board_->due = monotonic_time();
  board_->open = true;
}

Times Recording::times() const {
  Times all;
  for (std::size_t place = 0; place < seats_.size(); ++place) {
    const Sheet* const sheet = this->sheet(place);
    if (sheet == nullptr) continue;
    all.queueing.add(sheet->times.queueing);
    all.service.add(sheet->times.service);
    all.latency.add(sheet->times.latency);
    all.last_end = std::max(all.last_end, sheet->times.last_end);
  }
  return all;
}

std::uint64_t Recording::recorded() const {
  std::uint64_t tasks = missed();
  for (std::size_t place = 0; place < seats_.size(); ++place) {
    if (const Sheet* const sheet = this->sheet(place)) tasks += sheet->tasks.load(std::memory_order_acquire);
  }
  return tasks;
}

}  // namespace fanout::latency
