#pragma once

namespace fanout {

/// Of nanoseconds.
template <class Number>
constexpr double seconds(const Number& nanoseconds) {
  return static_cast<double>(nanoseconds) / 1e9;
}

}  // namespace fanout
