#pragma once

#include <algorithm>
#include <cstdint>

namespace fanout {

/// How many tasks a worker claims at once of those that are left for it: many while there are many, single ones at the
/// end. What is claimed no other worker can take any more: an eighth lets tasks be quite uneven before one claim lasts
/// longer than all the rest.
constexpr std::uint64_t guided_claim(std::uint64_t left) { return std::max<std::uint64_t>(1, left / 8); }

}  // namespace fanout
