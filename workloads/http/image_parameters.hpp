#pragma once

#include "core/parameter.hpp"

namespace fanout {

// What shapes the images, for the options of fanout-server and the parameters of http alike.

inline Parameter latency_parameter() {
  return Parameter::duration("latency", "what the server waits before it answers", "20ms", "0s", "60s");
}

inline Parameter size_parameter() {
  return Parameter::bytes("size", "an image on average; one has 50 % to 150 % of it", "64KiB", "1KiB", "64MiB");
}

inline Parameter jitter_parameter() {
  return Parameter::count("jitter", "how far a request's latency deviates, at most", "percent", 0, 0, 100);
}

}  // namespace fanout
