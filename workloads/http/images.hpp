#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>

#include "workloads/digest.hpp"

namespace fanout {

/// The images of the embedded server: image i and its latency follow from these fields and i alone, in whole numbers,
/// so that a client knows every answer without asking.
struct Images {
  std::uint64_t seed = 1;
  std::uint64_t size = 0;              ///< bytes, at least 1024: an image has 50 % to 150 % of them, uniformly
  std::chrono::nanoseconds latency{};  ///< of a request, on average
  std::int64_t jitter = 0;             ///< percent of the latency, at most 100: one deviates by up to that, uniformly

  /// Bytes of image i.
  [[nodiscard]] std::uint64_t bytes(std::uint64_t i) const { return size / 2 + draw(i, 1) % (size + 1); }

  /// What the server waits before it answers with image i.
  [[nodiscard]] std::chrono::nanoseconds delay(std::uint64_t i) const {
    const auto spread = latency * jitter / 100;
    const auto range = static_cast<std::uint64_t>(2 * spread.count() + 1);
    return latency - spread + std::chrono::nanoseconds{static_cast<std::int64_t>(draw(i, 2) % range)};
  }

  /// Image i: bytes of noise. No client decodes it.
  [[nodiscard]] std::string image(std::uint64_t i) const {
    std::string file(bytes(i), '\0');
    const std::uint64_t noise = draw(i, 3);
    for (std::size_t at = 0; at < file.size(); at += 8) {
      const std::uint64_t word = mix(noise + at);
      std::memcpy(file.data() + at, &word, std::min<std::size_t>(8, file.size() - at));
    }
    return file;
  }

 private:
  [[nodiscard]] std::uint64_t draw(std::uint64_t i, std::uint64_t what) const { return mix(mix(mix(seed) ^ i) + what); }
};

}  // namespace fanout
