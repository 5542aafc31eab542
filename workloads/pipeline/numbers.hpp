#pragma once

#include <cstdint>
#include <span>

#include "workloads/digest.hpp"

namespace fanout {

/// The numbers of an item, one after the other: a walk by seeded steps.
class Numbers {
 public:
  static constexpr std::size_t kText = 8;  ///< bytes of a number as text: seven digits and a new line

  Numbers(std::uint64_t seed, std::uint64_t item) : state_(mix(seed ^ mix(item))) {}

  std::uint32_t next() {
    state_ = mix(state_);
    walk_ = (walk_ + kRange + state_ % kStep - kStep / 2) % kRange;
    return static_cast<std::uint32_t>(kLeast + walk_);
  }

 private:
  static constexpr std::uint64_t kLeast = 1'000'000;
  static constexpr std::uint64_t kRange = 9'000'000;
  static constexpr std::uint64_t kStep = 4'096;

  std::uint64_t state_;
  std::uint64_t walk_ = kRange / 2;
};

/// So many numbers as text. Beyond the last one there are new lines.
void spell(Numbers numbers, std::span<char> text);

/// Reads the numbers of a text, and stores how far each is from the one before, with the sign in the lowest bit: what
/// compresses well. Throws where there are not as many, or something else between them.
void parse(std::span<const char> text, std::span<std::uint32_t> steps);

/// Whether these are the steps of these numbers: by adding them up.
bool are_steps_of(Numbers numbers, std::span<const std::uint32_t> steps);

}  // namespace fanout
