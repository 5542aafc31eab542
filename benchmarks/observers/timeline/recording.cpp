#include "benchmarks/observers/timeline/recording.hpp"

#include <bit>
#include <chrono>
#include <utility>

#include "system/ticks.hpp"

namespace fanout::timeline {
namespace {

constexpr std::size_t kRanges = std::size_t{1} << 20;  // of all lanes: 24 MiB, of which only what is used is there
constexpr std::size_t kSpare = 8;                      // lanes of threads that end while the next one begins
constexpr std::size_t kPerAbsence = 4;                 // ranges for which there is room for one absence

void add(std::atomic<std::int64_t>& sum, std::int64_t ns) { sum.store(sum + ns, std::memory_order_relaxed); }
void add(std::atomic<std::uint64_t>& sum, std::uint64_t more) {
  sum.store(sum.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
}

}  // namespace

Recording::Recording(const Workload& workload, unsigned workers)
    : Decorator(workload),
      seats_(workers + kSpare),
      room_(std::bit_floor(kRanges / seats_.size())),
      lanes_(seats_.size()),
      watches_(seats_.size()),
      ranges_(room_ * seats_.size(), Untouched{}),
      absences_(room_ / kPerAbsence * seats_.size(), Untouched{}) {}

Ring<Range> Recording::ranges(std::size_t lane) const {
  return {ranges_.span().subspan(lane * room_, room_), lanes_[lane].ranges};
}

Ring<Absence> Recording::absences(std::size_t lane) const {
  const std::size_t room = room_ / kPerAbsence;
  return {absences_.span().subspan(lane * room, room), lanes_[lane].absences};
}

void Recording::open() {
  for (Lane& lane : lanes_.span()) {
    for (auto* count : {&lane.ranges, &lane.absences, &lane.tasks, &lane.busy, &lane.watched, &lane.since, &lane.lost})
      *count = 0;
    lane.ready = 0;
    lane.blocked = 0;
  }
  board_->missed = 0;
  board_->open = true;
}

void Recording::run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const {
  if (first == last) return;
  const auto number = seats_.mine([this](std::size_t taken) { watch(taken); });
  if (!board_->open.load(std::memory_order_relaxed)) return run_inner(first, last, out);
  if (!number) {
    ++board_->missed;
    return run_inner(first, last, out);
  }
  const bool watched = watches_[*number].switches != nullptr;
  if (watched) look(*number);
  Lane& lane = lanes_[*number];
  const std::uint64_t begin = ticks();
  if (watched) {
    if (lane.since.load(std::memory_order_relaxed) == 0) lane.since.store(begin, std::memory_order_relaxed);
    lane.watched.store(begin, std::memory_order_relaxed);
  }
  run_inner(first, last, out);
  const std::uint64_t end = ticks();
  add(lane.tasks, last - first);
  add(lane.busy, end - begin);
  ranges(*number).push({begin, end, static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(last - first)});
}

void Recording::watch(std::size_t taken) const {
  Lane& lane = lanes_[taken];
  Watch& mine = watches_[taken];
  const bool first = lane.threads == 0;
  (void)lane.ranges.load(std::memory_order_acquire);  // all that the thread before has done here is done
  mine = {};
  if (first) {  // for a thread a task it would cost more than many a task
    mine.switches = std::make_unique<ContextSwitches>();
    lane.error = mine.switches->error();
    if (mine.switches->error() != 0) mine.switches.reset();
  }
  ++lane.threads;
}

void Recording::look(std::size_t number) const {
  Watch& mine = watches_[number];
  mine.switches->drain([&](const ContextSwitch& now) {
    const std::optional<ContextSwitch> out = std::exchange(mine.out, {});
    if (now.kind == ContextSwitch::Kind::lost)
      add(lanes_[number].lost, 1);
    else if (now.kind != ContextSwitch::Kind::in)
      mine.out = now;
    else if (out)
      note({out->at, now.at, out->kind}, number);
  });
}

void Recording::note(const Absence& absence, std::size_t number) const {
  Lane& lane = lanes_[number];
  if (lane.since == 0) return;  // what was before the worker's first range is not its work
  add(absence.why == ContextSwitch::Kind::preempted ? lane.ready : lane.blocked, absence.end - absence.begin);
  absences(number).push(absence);
}

void Recording::close() {
  board_->open = false;
  const std::uint64_t end = ticks();
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  for (std::size_t number = 0; number < lanes(); ++number) {
    Watch& watch = watches_[number];
    if (watch.switches == nullptr || owner(number).process != getpid() || lanes_[number].since == 0) continue;
    look(number);
    if (watch.out && watch.out->at < now) note({watch.out->at, now, watch.out->kind}, number);
    lanes_[number].watched = end;
  }
}

}  // namespace fanout::timeline
