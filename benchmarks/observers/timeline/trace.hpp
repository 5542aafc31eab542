#pragma once

#include <string>

#include "benchmarks/observers/timeline/history.hpp"

namespace fanout::timeline {

/// The history in the Trace Event Format of Chrome, as a JSON object; chrome://tracing and ui.perfetto.dev open it. A
/// worker is a track of slices, and where its context switches are known a second one of its states. Times are in us
/// since the first observed batch began.
std::string trace(const History& history);

}  // namespace fanout::timeline
