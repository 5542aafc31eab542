#pragma once

#include <cstdint>
#include <vector>

#include "benchmarks/observers/timeline/recording.hpp"
#include "system/ticks.hpp"

namespace fanout::timeline {

/// `tasks` tasks from `first` on, by one call; several calls where slices have been joined. ns since the begin.
struct Slice {
  std::int64_t begin, end;
  std::uint64_t first, tasks;
};

/// One worker.
struct Track {
  Seats::Owner owner;
  unsigned threads;       ///< that have been this worker, one after the other; of these the last is the owner
  std::uint64_t tasks;    ///< of all observed batches
  std::uint64_t dropped;  ///< slices
  double busy;            ///< s inside of tasks
  double watched;         ///< s in which its context switches are known
  double ready, blocked;  ///< s of these
  std::uint64_t lost;     ///< times that the kernel had no room for a switch
  int error;              ///< why its context switches are not known
  std::vector<Slice> slices;
  std::vector<Absence> absences;  ///< ns since the begin
  std::int64_t since, until;      ///< within which these are known; ns since the begin
};

/// What is left of a recording, in the order of the workers' process and thread.
struct History {
  std::vector<Track> tracks;
  std::vector<std::int64_t> batches;  ///< the begins of the batches that are whole; ns since the begin
  std::uint64_t missed = 0;           ///< slices of threads that found no lane
};

/// The last batches that all lanes had room for; where that is not even one, what they all had room for.
History read(const Recording& recording, const TickScale& scale, std::size_t tasks);

/// The last of these batches, up to `batches` of them, in at most `slices` slices or one a track: where there are more,
/// those that have the smallest gaps between them are joined. Of absences the longest are left, as many.
History excerpt(History history, std::size_t batches, std::size_t slices);

}  // namespace fanout::timeline
