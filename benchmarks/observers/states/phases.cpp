#include "benchmarks/observers/states/phases.hpp"

#include <algorithm>

namespace fanout::states {
namespace {

/// At most what there is of each state, and nothing of one that is below zero.
StateTimes within(const StateTimes& wanted, const StateTimes& there) {
  const auto least = [](double one, double other) { return std::max(0.0, std::min(one, other)); };
  return {least(wanted.running, there.running), least(wanted.ready, there.ready), least(wanted.blocked, there.blocked)};
}

}  // namespace

StateTimes::StateTimes(const ThreadTimes& difference)
    : running(static_cast<double>(difference.running)),
      ready(static_cast<double>(difference.ready)),
      blocked(static_cast<double>(difference.blocked())) {}

StateTimes& StateTimes::operator+=(const StateTimes& other) {
  running += other.running;
  ready += other.ready;
  blocked += other.blocked;
  return *this;
}

StateTimes StateTimes::operator-(const StateTimes& other) const {
  return {running - other.running, ready - other.ready, blocked - other.blocked};
}

StateTimes StateTimes::operator*(double factor) const { return {running * factor, ready * factor, blocked * factor}; }

double Sums::add(const Record& record, const std::optional<ThreadTimes>& begin, const ThreadTimes& end,
                 double pending) {
  // Clocks of a thread begin at its birth, since when it has run or waited for a CPU.
  const ThreadTimes& first = record.first;
  StateTimes start = begin ? StateTimes(first - *begin)
                           : StateTimes(static_cast<double>(first.running), static_cast<double>(first.ready), 0);
  StateTimes rest(end - record.last);
  const double waited = std::clamp(-start.blocked, 0.0, pending);
  start.blocked += waited;
  start.ready -= waited;
  const double tail = std::max(0.0, rest.blocked);
  rest.blocked -= waited;
  rest.ready += waited;
  start_ += start;
  rest_ += rest;
  const StateTimes active(record.last - first);
  active_ += active;
  for (const StateTimes& part : {start, active, rest}) all_ += part;
  ranges_ += static_cast<double>(record.ranges);
  later_ += static_cast<double>(record.later);
  tasks_ += static_cast<double>(record.tasks);
  sampled_ += static_cast<double>(record.sampled);
  weight_ += record.weight;
  body_ += record.body;
  stalled_ += record.stalled;
  return tail;
}

void Sums::add_whole(const Record& record, const StateTimes& states) {
  active_ += states;
  all_ += states;
  tasks_ += static_cast<double>(record.tasks);
}

Phases Sums::phases() const {
  StateTimes unseen;
  if (ranges_ > 0) unseen = within(active_ * (later_ / ranges_), rest_);
  StateTimes active = active_;
  active += unseen;
  StateTimes body = bodies();
  body += stalled_;
  body = within(body, active);
  return {.start = start_, .body = body, .between = active - body, .tail = rest_ - unseen};
}

}  // namespace fanout::states
