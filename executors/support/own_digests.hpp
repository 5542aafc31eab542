#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>

#include "system/descriptor.hpp"
#include "workloads/workload.hpp"

namespace fanout {

/// The digests of a whole job as a worker of its own process sees them. It needs those of the range that it is at, and
/// a few megabytes stand in for all: they are mapped again and again, one window beside the other. So workers do not
/// take gigabytes where results are large, and write where they have written before, to memory that is warm.
class OwnDigests {
 public:
  OwnDigests() = default;
  OwnDigests(const OwnDigests&) = delete;
  OwnDigests& operator=(const OwnDigests&) = delete;
  ~OwnDigests() { release(); }

  /// All of the workload's, of which tasks [first, last) may be written; the others' may change with them.
  /// Throws std::system_error where there is no memory.
  std::span<std::uint64_t> prepare(const Workload& workload, std::size_t first, std::size_t last) {
    const std::size_t count = workload.tasks() * workload.width();
    const std::size_t bytes = count * sizeof(std::uint64_t);
    const std::size_t range = (last - first) * workload.width() * sizeof(std::uint64_t);
    if (bytes > bytes_ || range > window_) reserve(bytes, range);
    return {reinterpret_cast<std::uint64_t*>(data_), count};
  }

 private:
  static constexpr std::size_t kWindow = std::size_t{4} << 20;

  [[noreturn]] static void fail() { throw std::system_error(errno, std::generic_category(), "memory for digests"); }

  static std::size_t round_up(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

  void reserve(std::size_t bytes, std::size_t range) {
    release();
    const std::size_t window =
        round_up(std::min(bytes, std::max(range, kWindow)), static_cast<std::size_t>(sysconf(_SC_PAGESIZE)));
    const Descriptor memory{memfd_create("digests", MFD_CLOEXEC)};
    if (memory.get() < 0 || ftruncate(memory.get(), static_cast<off_t>(window)) != 0) fail();
    const std::size_t all = round_up(bytes, window);
    void* data = mmap(nullptr, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (data == MAP_FAILED) fail();
    data_ = static_cast<char*>(data);
    bytes_ = all;
    window_ = window;
    for (std::size_t at = 0; at < all; at += window) {
      constexpr int kFlags = MAP_SHARED | MAP_FIXED | MAP_POPULATE;  // now, not by a fault a page in timed batches
      if (mmap(data_ + at, window, PROT_READ | PROT_WRITE, kFlags, memory.get(), 0) == MAP_FAILED) fail();
    }
  }

  void release() {
    if (bytes_ > 0) munmap(data_, bytes_);
    bytes_ = 0;
    window_ = 0;
  }

  char* data_ = nullptr;
  std::size_t bytes_ = 0;   ///< of addresses
  std::size_t window_ = 0;  ///< bytes of memory
};

}  // namespace fanout
