#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>

namespace fanout {

/// What a sleep may overshoot, in ns: who wants to be on time spins as long.
inline constexpr std::int64_t kOvershoot = 100'000;

/// Nanoseconds of CLOCK_MONOTONIC.
inline std::int64_t monotonic_time() {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Asleep until CLOCK_MONOTONIC is at so many ns, or, false then, until a signal has come.
inline bool sleep_until(std::int64_t at) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const timespec until{.tv_sec = at / kSecond, .tv_nsec = at % kSecond};
  return clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == 0;
}

}  // namespace fanout
