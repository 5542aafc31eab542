#pragma once

#include <cstdint>

namespace fanout {

/// A chain of dependent multiplications (Knuth's MMIX generator): every round waits for the one before, so its time is
/// the latency of a multiplication and an addition, and no compiler or wide core makes it shorter.
struct SpinChain {
  static constexpr std::uint64_t kMultiplier = 6364136223846793005U;
  static constexpr std::uint64_t kIncrement = 1442695040888963407U;

  /// The state after `rounds` rounds, one after the other, of which the first waits for the thread's last walk: a core
  /// that looks hundreds of instructions ahead would run several short tasks at once, each for less than its duration.
  static std::uint64_t walk(std::uint64_t state, std::uint64_t rounds) {
    std::uint64_t zero = 0;
    asm("" : "+r"(zero));  // the compiler no longer knows what it is, so the core has to wait for last_
    state += last_ & zero;
    for (std::uint64_t i = 0; i < rounds; ++i) state = state * kMultiplier + kIncrement;
    return last_ = state;
  }

  /// The same state in O(log rounds) steps, by composing the affine map with itself (F. Brown, "Random Number
  /// Generation with Arbitrary Strides", Trans. ANS 1994).
  static std::uint64_t jump(std::uint64_t state, std::uint64_t rounds);

  /// Rounds per microsecond on this CPU: the best of several tries, so that a neighbour's burst does not count. A try
  /// takes about a quarter of a millisecond.
  static double calibrate(int tries = 25);

 private:
  static inline constinit thread_local std::uint64_t last_ = 0;
};

}  // namespace fanout
