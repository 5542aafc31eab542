#include "benchmarks/observers/timeline/history.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

#include "benchmarks/observers/support/seconds.hpp"

namespace fanout::timeline {
namespace {

Track track(const Recording& recording, std::size_t number, const TickScale& scale) {
  const Lane& lane = recording.lane(number);
  const auto at = [&](std::uint64_t ticks) { return scale.ns(ticks) - scale.begin(); };
  const Ring<Range> ranges = recording.ranges(number);
  const Ring<Absence> absences = recording.absences(number);
  const bool watched = lane.since != 0 && lane.threads == 1;
  Track made{.owner = recording.owner(number),
             .threads = lane.threads,
             .tasks = lane.tasks,
             .dropped = ranges.oldest(),
             .busy = scale.seconds(lane.busy),
             .watched = watched ? scale.seconds(lane.watched - lane.since) : 0,
             .ready = seconds(lane.ready),
             .blocked = seconds(lane.blocked),
             .lost = lane.lost,
             .error = lane.error,
             .slices = {},
             .absences = {},
             .since = watched ? at(lane.since) : 0,
             .until = watched ? at(lane.watched) : 0};
  for (std::uint64_t i = ranges.oldest(); i < ranges.pushed; ++i)
    made.slices.push_back({at(ranges[i].begin), at(ranges[i].end), ranges[i].first, ranges[i].count});
  for (std::uint64_t i = absences.oldest(); i < absences.pushed && watched; ++i)
    made.absences.push_back({absences[i].begin - scale.begin(), absences[i].end - scale.begin(), absences[i].why});
  if (watched && absences.oldest() > 0) made.since = std::max(made.since, made.absences.front().begin);
  return made;
}

void drop_before(History& history, std::int64_t begin) {
  for (Track& track : history.tracks) {
    const auto slices = std::erase_if(track.slices, [&](const Slice& slice) { return slice.begin < begin; });
    track.dropped += slices;
    std::erase_if(track.absences, [&](const Absence& absence) { return absence.end <= begin; });
    for (Absence& absence : track.absences) absence.begin = std::max(absence.begin, begin);
    track.since = std::min(std::max(track.since, begin), track.until);
  }
}

/// From the end, since batches do not overlap: every so many tasks, in the order of their begins, are one.
std::vector<std::int64_t> batches_of(const History& history, std::size_t tasks) {
  std::vector<Slice> all;
  for (const Track& track : history.tracks) all.insert(all.end(), track.slices.begin(), track.slices.end());
  std::ranges::sort(all, {}, &Slice::begin);
  std::vector<std::int64_t> begins;
  std::uint64_t seen = 0;
  for (auto slice = all.rbegin(); slice != all.rend() && tasks > 0; ++slice) {
    seen += slice->tasks;
    if (seen % tasks == 0) begins.push_back(slice->begin);
  }
  std::ranges::reverse(begins);
  return begins;
}

std::size_t count(const History& history, std::int64_t begin) {
  std::size_t slices = 0;
  for (const Track& track : history.tracks)
    slices += static_cast<std::size_t>(
        std::ranges::count_if(track.slices, [&](const Slice& slice) { return slice.begin >= begin; }));
  return slices;
}

/// Leaves the longest ones, at most `most`.
void thin_absences(History& history, std::size_t most) {
  const auto length = [](const Absence& absence) { return absence.end - absence.begin; };
  std::vector<std::int64_t> lengths;
  for (const Track& track : history.tracks) std::ranges::transform(track.absences, std::back_inserter(lengths), length);
  if (lengths.size() <= most) return;
  std::ranges::nth_element(lengths, lengths.begin() + static_cast<std::ptrdiff_t>(most), std::ranges::greater{});
  for (Track& track : history.tracks)
    std::erase_if(track.absences, [&](const Absence& absence) { return length(absence) <= lengths[most]; });
}

/// The gaps that are to be closed: the shorter ones, and of those as long as `limit` the first `equal`.
struct Closing {
  std::int64_t limit;
  std::size_t equal;

  bool operator()(std::int64_t gap) { return gap < limit || (gap == limit && equal > 0 && equal-- > 0); }
};

void join(std::vector<Slice>& slices, Closing& closing) {
  std::vector<Slice> joined;
  for (const Slice& slice : slices) {
    if (joined.empty() || !closing(slice.begin - joined.back().end)) {
      joined.push_back(slice);
      continue;
    }
    joined.back().end = slice.end;
    joined.back().tasks += slice.tasks;
  }
  slices = std::move(joined);
}

/// Joins until there are at most `most` slices, or one a track.
void thin_slices(History& history, std::size_t most) {
  std::vector<std::int64_t> gaps;
  for (const Track& track : history.tracks) {
    for (std::size_t i = 1; i < track.slices.size(); ++i)
      gaps.push_back(track.slices[i].begin - track.slices[i - 1].end);
  }
  const std::size_t all = count(history, 0);
  const std::size_t close = std::min(gaps.size(), all - std::min(all, most));
  if (close == 0) return;
  const auto longest = gaps.begin() + static_cast<std::ptrdiff_t>(close - 1);
  std::ranges::nth_element(gaps, longest);
  const std::int64_t limit = *longest;
  const auto shorter = std::ranges::count_if(gaps, [&](std::int64_t gap) { return gap < limit; });
  Closing closing{.limit = limit, .equal = close - static_cast<std::size_t>(shorter)};
  for (Track& track : history.tracks) join(track.slices, closing);
}

}  // namespace

History read(const Recording& recording, const TickScale& scale, std::size_t tasks) {
  History history{.tracks = {}, .batches = {}, .missed = recording.missed()};
  std::int64_t complete = 0;  // from here on no lane has dropped anything
  for (std::size_t number = 0; number < recording.lanes(); ++number) {
    if (recording.lane(number).tasks == 0) continue;
    history.tracks.push_back(track(recording, number, scale));
    const Track& made = history.tracks.back();
    if (made.dropped > 0) complete = std::max(complete, made.slices.front().begin);
  }
  std::ranges::sort(history.tracks, {},
                    [](const Track& one) { return std::pair(one.owner.process, one.owner.thread); });
  drop_before(history, complete);
  if (history.missed == 0) history.batches = batches_of(history, tasks);
  if (!history.batches.empty()) drop_before(history, history.batches.front());
  return history;
}

History excerpt(History history, std::size_t batches, std::size_t slices) {
  auto& begins = history.batches;
  while (begins.size() > 1 && (begins.size() > batches || count(history, begins.front()) > slices))
    begins.erase(begins.begin());
  if (!begins.empty()) drop_before(history, begins.front());
  thin_slices(history, slices);
  thin_absences(history, slices);
  return history;
}

}  // namespace fanout::timeline
