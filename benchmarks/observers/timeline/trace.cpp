#include "benchmarks/observers/timeline/trace.hpp"

#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <set>

namespace fanout::timeline {
namespace {

using Number = long long;

/// Appends events to the text; each begins with a line of its own.
class Writer {
 public:
  __attribute__((format(printf, 2, 3))) void event(const char* format, ...) {
    char line[256];
    std::va_list values;
    va_start(values, format);
    const int length = std::vsnprintf(line, sizeof line, format, values);
    va_end(values);
    text_.append(text_.empty() ? "{\"displayTimeUnit\": \"ns\", \"traceEvents\": [\n" : ",\n");
    text_.append(line, static_cast<std::size_t>(length));
  }

  void slice(const char* name, const char* more, Number process, Number thread, Number begin, Number end) {
    event(R"({"ph":"X","name":"%s",%s,"pid":%lld,"tid":%lld,"ts":%lld.%03lld,"dur":%lld.%03lld})", name, more, process,
          thread, begin / 1000, begin % 1000, (end - begin) / 1000, (end - begin) % 1000);
  }

  void name_thread(Number process, Number thread, const std::string& name) {
    event(R"({"ph":"M","name":"thread_name","pid":%lld,"tid":%lld,"args":{"name":"%s"}})", process, thread,
          name.c_str());
    event(R"({"ph":"M","name":"thread_sort_index","pid":%lld,"tid":%lld,"args":{"sort_index":%lld}})", process, thread,
          thread);
  }

  std::string finish() && { return text_.append("\n]}\n"); }

 private:
  std::string text_;
};

void tasks(Writer& out, const Track& track, Number thread) {
  for (const Slice& slice : track.slices) {
    char name[64];
    char more[96];
    const auto first = static_cast<Number>(slice.first);
    const auto last = static_cast<Number>(slice.first + slice.tasks - 1);
    if (first == last)
      std::snprintf(name, sizeof name, "task %lld", first);
    else
      std::snprintf(name, sizeof name, "tasks %lld..%lld", first, last);
    std::snprintf(more, sizeof more, R"("cat":"task","args":{"first":%lld,"last":%lld})", first, last);
    out.slice(name, more, track.owner.process, thread, slice.begin, slice.end);
  }
}

void states(Writer& out, const Track& track, Number thread) {
  constexpr const char* kRunning = R"("cat":"state","cname":"thread_state_running")";
  const Number process = track.owner.process;
  Number since = track.since;
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
  out.event(R"({"ph":"M","name":"process_name","pid":%d,"tid":0,"args":{"name":"fanout-bench"}})", getpid());
  for (const std::int64_t begin : history.batches)
    out.event(R"({"ph":"i","s":"g","name":"batch","pid":%d,"tid":0,"ts":%lld.%03lld})", getpid(),
              static_cast<Number>(begin / 1000), static_cast<Number>(begin % 1000));
  Number thread = 0;  // of the trace: a track's owner may have had several
  for (const Track& track : history.tracks) {
    const Number process = track.owner.process;
    const std::string name = "worker " + std::to_string(thread / 2 + 1);
    const std::string who = track.threads > 1 ? std::to_string(track.threads) + " threads, one after the other"
                                              : "thread " + std::to_string(track.owner.thread);
    out.name_thread(process, ++thread, name + " (" + who + ")");
    const Number begin = track.slices.empty() ? 0 : track.slices.front().begin;
    out.event(R"({"ph":"C","name":"dropped, %s","pid":%lld,"tid":%lld,"ts":%lld.%03lld,"args":{"slices":%llu}})",
              name.c_str(), process, thread, begin / 1000, begin % 1000,
              static_cast<unsigned long long>(track.dropped));
    tasks(out, track, thread++);
    if (track.until <= track.since) continue;
    out.name_thread(process, thread, name + ", states");
    states(out, track, thread);
  }
  return std::move(out).finish();
}

}  // namespace fanout::timeline
