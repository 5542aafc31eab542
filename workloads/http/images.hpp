#pragma once

#include <algorithm>
#include <bit>
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
  std::int64_t jitter = 0;             ///< percent of the latency, at most 100: one deviates by so much, uniformly

  /// Bytes of image i.
  [[nodiscard]] std::uint64_t bytes(std::uint64_t i) const { return size / 2 + draw(i, 1) % (size + 1); }

  /// What the server waits before it answers with image i.
  [[nodiscard]] std::chrono::nanoseconds delay(std::uint64_t i) const {
    const auto spread = latency * jitter / 100;
    const auto range = static_cast<std::uint64_t>(2 * spread.count() + 1);
    return latency - spread + std::chrono::nanoseconds{static_cast<std::int64_t>(draw(i, 2) % range)};
  }

  /// Image i: a BMP of noise, 32 bits a pixel. Between its header and its pixels, where the format allows a gap, are
  /// the bytes that fill no row.
  [[nodiscard]] std::string image(std::uint64_t i) const {
    std::string file(bytes(i), '\0');
    const std::uint64_t noise = draw(i, 3);
    for (std::size_t at = 0; at < file.size(); at += 8) {
      const std::uint64_t word = mix(noise + at);
      std::memcpy(file.data() + at, &word, std::min<std::size_t>(8, file.size() - at));
    }
    const auto pixels = static_cast<std::uint32_t>((file.size() - kHeaderBytes) / 4);
    const std::uint32_t width = 1U << (std::bit_width(pixels) / 2U);
    put_header(file.data(), static_cast<std::uint32_t>(file.size()), width, pixels / width);
    return file;
  }

 private:
  static constexpr std::uint32_t kHeaderBytes = 54;

  [[nodiscard]] std::uint64_t draw(std::uint64_t i, std::uint64_t what) const { return mix(mix(mix(seed) ^ i) + what); }

  /// BITMAPFILEHEADER and BITMAPINFOHEADER, little-endian.
  static void put_header(char* at, std::uint32_t bytes, std::uint32_t width, std::uint32_t height) {
    const auto put = [&at](std::uint32_t value, int width_in_bytes) {
      for (int byte = 0; byte < width_in_bytes; ++byte) *at++ = static_cast<char>(value >> (8 * byte) & 0xffU);
    };
    const std::uint32_t area = 4 * width * height;
    put(0x4d42, 2);  // "BM"
    put(bytes, 4);
    put(0, 4);
    put(bytes - area, 4);  // where the pixels begin
    put(40, 4);            // bytes of the second header
    put(width, 4);
    put(height, 4);
    put(1, 2);   // plane
    put(32, 2);  // bits a pixel
    put(0, 4);   // uncompressed
    put(area, 4);
    put(2835, 4);  // pixels a metre: 72 dpi
    put(2835, 4);
    put(0, 4);  // no palette
    put(0, 4);
  }
};

}  // namespace fanout
