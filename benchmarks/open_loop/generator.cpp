#include "benchmarks/open_loop/generator.hpp"

#include "benchmarks/measure.hpp"
#include "system/monotonic.hpp"
#include "system/relax.hpp"

namespace fanout {
namespace {

constexpr std::int64_t kMicrosecond = 1'000;  // ns
constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kLead = 5 * kMillisecond;    // for workers to get to where they wait for tasks
constexpr std::int64_t kSlice = 20 * kMillisecond;  // of a sleep, between looks whether somebody wants an end

}  // namespace

Sent Generator::run(Executor& executor, const Arrivals& arrivals, std::span<const std::int64_t> times) const {
  Intake& intake = *executor.intake();
  Sent sent;
  const std::int64_t start = monotonic_time() + kLead;
  std::int64_t free = start;  // since when it could have submitted
  sent.first_due = start + times.front();
  for (const std::int64_t time : times) {
    const std::int64_t due = start + time;
    if (!wait_until(due)) break;
    sent.last_due = due;
    ++sent.offered;
    const std::int64_t now = monotonic_time();
    sent.lateness.add(static_cast<std::uint64_t>(now - std::max(due, free)));
    if (load_.capacity && sent.submitted - arrivals.begun() >= *load_.capacity) {
      if (load_.drop) {
        ++sent.dropped;
        continue;
      }
      ++sent.blocked;
      const bool room = wait_for_room(executor, arrivals, sent.submitted);
      free = monotonic_time();
      sent.blocked_ns += free - now;
      if (!room) break;
    }
    arrivals.schedule(sent.submitted, sent.offered - 1, due);
    intake.submit(sent.submitted++);
    const std::uint64_t begun = arrivals.begun();
    if (sent.submitted > begun) sent.most = std::max(sent.most, sent.submitted - begun);
  }
  return sent;
}

/// False where somebody wants an end.
bool Generator::wait_until(std::int64_t due) const {
  for (;;) {
    if (interrupted.load(std::memory_order_relaxed)) return false;
    const std::int64_t now = monotonic_time();
    if (now >= due) return true;
    const std::int64_t asleep = spins_ ? due - kOvershoot : due;
    if (now < asleep)
      sleep_until(std::min(asleep, now + kSlice));
    else
      relax();
  }
}

/// False where somebody wants an end, or a task has thrown. Throws where a worker has died.
bool Generator::wait_for_room(Executor& executor, const Arrivals& arrivals, std::uint64_t submitted) const {
  std::int64_t look = monotonic_time() + kSlice;
  while (submitted - arrivals.begun() >= *load_.capacity) {
    if (interrupted || arrivals.threw() > 0) return false;
    const std::int64_t now = monotonic_time();
    if (now >= look) {
      executor.require_workers();
      look = now + kSlice;
    }
    if (spins_)
      relax();
    else
      sleep_until(now + 20 * kMicrosecond);
  }
  return true;
}

void Generator::drain(Executor& executor, const Arrivals& arrivals, std::uint64_t submitted, std::int64_t most_ns) {
  const std::int64_t end = monotonic_time() + most_ns;
  std::int64_t look = 0;
  while (arrivals.over() < submitted && arrivals.threw() == 0 && !interrupted) {
    const std::int64_t now = monotonic_time();
    if (now >= end) break;
    if (now >= look) {
      executor.require_workers();
      look = now + kSlice;
    }
    sleep_until(now + kMillisecond);
  }
  arrivals.give_up();
}

}  // namespace fanout
