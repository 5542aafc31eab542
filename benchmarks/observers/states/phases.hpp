#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "system/thread_figures.hpp"
#include "system/thread_times.hpp"

namespace fanout::states {

/// How long workers were in each state, in ns.
struct StateTimes {
  double running = 0;
  double ready = 0;
  double blocked = 0;

  StateTimes() = default;
  StateTimes(double of_running, double of_ready, double of_blocked)
      : running(of_running), ready(of_ready), blocked(of_blocked) {}
  /// Between two readings.
  explicit StateTimes(const ThreadTimes& difference);

  StateTimes& operator+=(const StateTimes& other);
  [[nodiscard]] StateTimes operator-(const StateTimes& other) const;
  [[nodiscard]] StateTimes operator*(double factor) const;
  [[nodiscard]] double sum() const { return running + ready + blocked; }
};

/// What one worker does in one batch. Ranges of tasks are sampled: read before and after.
struct alignas(64) Record {
  pid_t process = 0;
  pid_t thread = 0;
  bool ended = false;         ///< within the batch: `end` and `figures` are its last ones
  std::uint64_t tasks = 0;    ///< begun
  std::uint64_t ranges = 0;   ///< done until `last`
  std::uint64_t later = 0;    ///< ranges begun since
  std::uint64_t sampled = 0;  ///< tasks of sampled ranges
  double weight = 0;          ///< the same, each range times the ranges that it stands for
  StateTimes body = {};       ///< of the sampled ranges, times the ranges that each stands for
  /// For which its readings stalled: a worker that has used up its share of the CPU is preempted when it next reads
  /// its times. This is seen whole, and not sampled, and it is the bodies that have used the share up.
  StateTimes stalled = {};
  ThreadTimes first = {};  ///< before the first range
  ThreadTimes last = {};   ///< after the last sampled range, else `first`
  ThreadTimes end = {};
  ThreadFigures figures = {};  ///< since the worker's birth
};

/// What the states of many workers add up to over many batches, by phase.
class Phases {
 public:
  StateTimes start, body, between, tail;

  [[nodiscard]] double sum() const { return start.sum() + body.sum() + between.sum() + tail.sum(); }
};

/// Adds records up. Reads are exact where every range was sampled. Else the time of the ranges after a batch's last
/// sampled one, which the tail begins with, is estimated by what ranges took before it; bodies by those sampled.
class Sums {
 public:
  /// Of a worker from `begin`, else from its birth, to `end`. `pending` is the time in its last tail that may have been
  /// a wait for a CPU: seen from outside, a wait counts only once it is over, and then it is found before the worker's
  /// next first task. Returns that of this tail.
  double add(const Record& record, const std::optional<ThreadTimes>& begin, const ThreadTimes& end, double pending);

  /// Of a worker whose tasks are coroutines.
  void add_whole(const Record& record, const StateTimes& states);

  [[nodiscard]] Phases phases() const;
  /// What the bodies of these tasks took.
  [[nodiscard]] StateTimes bodies() const { return weight_ > 0 ? body_ * (tasks_ / weight_) : StateTimes(); }
  /// What a range takes without waiting for a CPU, with what comes between it and the next, in ns.
  [[nodiscard]] double range() const { return ranges_ > 0 ? (active_.running + active_.blocked) / ranges_ : 0; }
  [[nodiscard]] double tasks() const { return tasks_; }
  [[nodiscard]] double sampled() const { return sampled_; }
  /// From begin to end.
  [[nodiscard]] const StateTimes& all() const { return all_; }

 private:
  StateTimes all_, start_, active_, rest_, body_, stalled_;
  double ranges_ = 0, later_ = 0, tasks_ = 0, sampled_ = 0, weight_ = 0;
};

}  // namespace fanout::states
