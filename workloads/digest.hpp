#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>

namespace fanout {

/// A 64-bit bijection that scatters its input (the finaliser of splitmix64, Steele et al., OOPSLA 2014).
constexpr std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

/// The digest of a byte string: eight bytes a step, the length included. Detects damage, resists no attacker.
inline std::uint64_t hash(std::span<const char> bytes) {
  std::uint64_t state = mix(bytes.size());
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, 8);
    state = std::rotl(state ^ word, 29) * 0x9fb21c651e98df25U;
  }
  std::uint64_t tail = 0;
  if (at < bytes.size()) std::memcpy(&tail, bytes.data() + at, bytes.size() - at);
  return mix(state ^ tail);
}

}  // namespace fanout
