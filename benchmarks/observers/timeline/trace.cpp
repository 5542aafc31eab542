#include "benchmarks/observers/timeline/trace.hpp"

#include <unistd.h>

#include <iomanip>
#include <sstream>
#include <string_view>
#include <utility>

namespace fanout::timeline {
namespace {

/// ns, written as us.
struct Time {
  std::int64_t ns;
};

std::ostream& operator<<(std::ostream& out, Time time) {
  return out << time.ns / 1000 << '.' << std::setw(3) << std::setfill('0') << time.ns % 1000;
}

/// Writes events, each on a line of its own.
class Writer {
 public:
  template <class... Parts>
  void event(const Parts&... parts) {
    out_ << std::exchange(separator_, ",\n");
    (out_ << ... << parts);
  }

  void slice(std::string_view name, std::string_view more, pid_t process, unsigned thread, std::int64_t begin,
             std::int64_t end) {
    event(R"({"ph":"X","name":")", name, R"(",)", more, R"(,"pid":)", process, R"(,"tid":)", thread, R"(,"ts":)",
          Time{begin}, R"(,"dur":)", Time{end - begin}, "}");
  }

  void name_thread(pid_t process, unsigned thread, std::string_view name) {
    event(R"({"ph":"M","name":"thread_name","pid":)", process, R"(,"tid":)", thread, R"(,"args":{"name":")", name,
          R"("}})");
    event(R"({"ph":"M","name":"thread_sort_index","pid":)", process, R"(,"tid":)", thread, R"(,"args":{"sort_index":)",
          thread, "}}");
  }

  std::string finish() && {
    out_ << "\n]}\n";
    return std::move(out_).str();
  }

 private:
  const char* separator_ = "{\"displayTimeUnit\": \"ns\", \"traceEvents\": [\n";
  std::ostringstream out_;
};

void tasks(Writer& out, const Track& track, unsigned thread) {
  for (const Slice& slice : track.slices) {
    const std::string first = std::to_string(slice.first);
    const std::string last = std::to_string(slice.first + slice.tasks - 1);
    out.slice(first == last ? "task " + first : "tasks " + first + ".." + last,
              R"("cat":"task","args":{"first":)" + first + R"(,"last":)" + last + "}", track.owner.process, thread,
              slice.begin, slice.end);
  }
}

void states(Writer& out, const Track& track, unsigned thread) {
  constexpr std::string_view kRunning = R"("cat":"state","cname":"thread_state_running")";
  const pid_t process = track.owner.process;
  std::int64_t since = track.since;
  for (const Absence& absence : track.absences) {
    const bool ready = absence.why == ContextSwitch::Kind::preempted;
    if (absence.begin > since) out.slice("running", kRunning, process, thread, since, absence.begin);
    out.slice(
        ready ? "ready" : "blocked",
        ready ? R"("cat":"state","cname":"thread_state_runnable")" : R"("cat":"state","cname":"thread_state_sleeping")",
        process, thread, absence.begin, absence.end);
    since = absence.end;
  }
  if (track.until > since) out.slice("running", kRunning, process, thread, since, track.until);
}

}  // namespace

std::string trace(const History& history) {
  Writer out;
  out.event(R"({"ph":"M","name":"process_name","pid":)", getpid(), R"(,"tid":0,"args":{"name":"fanout-bench"}})");
  for (const std::int64_t begin : history.batches)
    out.event(R"({"ph":"i","s":"g","name":"batch","pid":)", getpid(), R"(,"tid":0,"ts":)", Time{begin}, "}");
  unsigned thread = 0;  // of the trace: a track's owner may have had several
  for (const Track& track : history.tracks) {
    const pid_t process = track.owner.process;
    const std::string name = "worker " + std::to_string(thread / 2 + 1);
    const std::string who = track.threads > 1 ? std::to_string(track.threads) + " threads, one after the other"
                                              : "thread " + std::to_string(track.owner.thread);
    out.name_thread(process, ++thread, name + " (" + who + ")");
    const std::int64_t begin = track.slices.empty() ? 0 : track.slices.front().begin;
    out.event(R"({"ph":"C","name":"dropped, )", name, R"(","pid":)", process, R"(,"tid":)", thread, R"(,"ts":)",
              Time{begin}, R"(,"args":{"slices":)", track.dropped, "}}");
    tasks(out, track, thread++);
    if (track.until <= track.since) continue;
    out.name_thread(process, thread, name + ", states");
    states(out, track, thread);
  }
  return std::move(out).finish();
}

}  // namespace fanout::timeline
