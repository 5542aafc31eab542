#include "benchmarks/observer.hpp"
#include "benchmarks/observers/support/seconds.hpp"
#include "benchmarks/observers/timeline/history.hpp"
#include "benchmarks/observers/timeline/trace.hpp"
#include "system/perf_counter.hpp"

namespace fanout {
namespace {

using nlohmann::ordered_json;
using timeline::Absence;
using timeline::History;
using timeline::Slice;
using timeline::Track;

constexpr std::size_t kBatches = 3;     // of the excerpt
constexpr std::size_t kSlices = 2'000;  // of it, and as many absences
constexpr std::size_t kTracks = 64;     // of the evidence

ordered_json as_json(const Track& track) {
  ordered_json states = nullptr;
  if (track.watched > 0)
    states = {{"running", track.watched - track.ready - track.blocked},
              {"ready", track.ready},
              {"blocked", track.blocked},
              {"lost", track.lost}};
  return {{"process", track.owner.process}, {"thread", track.owner.thread}, {"threads", track.threads},
          {"tasks", track.tasks},           {"busy", track.busy},           {"dropped", track.dropped},
          {"states", std::move(states)}};
}

ordered_json drawn(const Track& track) {
  ordered_json slices = ordered_json::array();
  for (const Slice& slice : track.slices)
    slices.push_back({seconds(slice.begin), seconds(slice.end), slice.first, slice.tasks});
  ordered_json absences = ordered_json::array();
  for (const Absence& absence : track.absences)
    absences.push_back({seconds(absence.begin), seconds(absence.end),
                        absence.why == ContextSwitch::Kind::preempted ? "ready" : "blocked"});
  return {{"slices", slices}, {"absences", absences}};
}

/// When each worker ran which tasks: to be drawn.
class Timeline final : public Observer {
 public:
  const Workload& wrap(const Workload& workload, const Options& options) override {
    recording_ = std::make_unique<timeline::Recording>(workload, options.workers);
    return *recording_;
  }

  void begin(const Executor& /*executor*/) override {
    recording_->open();
    scale_ = TickScale();
  }

  void end(const Executor& /*executor*/) override {
    recording_->close();
    scale_.close();
  }

  void merge() override { history_ = timeline::read(*recording_, scale_, recording_->tasks()); }

  [[nodiscard]] ordered_json evidence(std::uint64_t batches) const override {
    History shown = timeline::excerpt(history_, kBatches, kSlices);
    std::size_t kept = 0;
    std::uint64_t dropped = history_.missed;
    int error = 0;
    ordered_json tracks = ordered_json::array();
    for (std::size_t i = 0; i < history_.tracks.size(); ++i) {
      const Track& track = history_.tracks[i];
      kept += track.slices.size();
      dropped += track.dropped;
      error = error != 0 ? error : track.error;
      if (i >= kTracks) continue;
      tracks.push_back(as_json(track));
      tracks.back().update(drawn(shown.tracks[i]));
    }
    ordered_json begins = ordered_json::array();
    for (const std::int64_t begin : shown.batches) begins.push_back(seconds(begin));
    return {{"batches", batches},
            {"seconds", seconds(scale_.end() - scale_.begin())},
            {"events", kept},
            {"dropped", dropped},
            {"kept_batches", history_.batches.size()},
            {"workers", history_.tracks.size()},
            {"reason", error != 0 ? why_no_counter(error) : ""},
            {"file", nullptr},
            {"begins", begins},
            {"tracks", tracks}};
  }

  [[nodiscard]] std::string trace() const override { return timeline::trace(history_); }

 private:
  std::unique_ptr<timeline::Recording> recording_;
  TickScale scale_;
  History history_;
};

const Observers::Add timeline_added{ObserverEntry{
    .name = "timeline",
    .help = "begin, end and worker of each call that runs tasks, and when workers had no CPU; --trace=FILE writes it",
    .traces = true,
    .make = [] { return std::make_unique<Timeline>(); }}};

}  // namespace
}  // namespace fanout
