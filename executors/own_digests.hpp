#pragma once

#include <sys/mman.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>

#include "workloads/workload.hpp"

namespace fanout {

/// The digests of a whole job as a worker of its own process sees them: addresses for all, memory only for those that
/// it writes. Each worker holding all of them would take gigabytes where results are large and workers many.
class OwnDigests {
 public:
  OwnDigests() = default;
  OwnDigests(const OwnDigests&) = delete;
  OwnDigests& operator=(const OwnDigests&) = delete;
  ~OwnDigests() { release(); }

  /// All of the workload's, for tasks [first, last) to be written; what earlier tasks have left there may be gone.
  /// Throws std::system_error where there is no memory.
  std::span<std::uint64_t> prepare(const Workload& workload, std::size_t first, std::size_t last) {
    const std::size_t task = workload.width() * sizeof(std::uint64_t);
    if (workload.tasks() * task > bytes_) reserve(workload.tasks() * task);
    if (written_ >= kLot) forget();
    written_ += (last - first) * task;
    return {static_cast<std::uint64_t*>(data_), workload.tasks() * workload.width()};
  }

 private:
  /// Memory is given back by lots: the system clears every page that it hands out again, which small jobs should not
  /// have to pay for.
  static constexpr std::size_t kLot = std::size_t{64} << 20;

  [[noreturn]] static void fail() { throw std::system_error(errno, std::generic_category(), "memory for digests"); }

  void reserve(std::size_t bytes) {
    release();
    void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (data == MAP_FAILED) fail();
    data_ = data;
    bytes_ = bytes;
  }

  void forget() {
    if (madvise(data_, bytes_, MADV_DONTNEED) != 0) fail();
    written_ = 0;
  }

  void release() {
    if (bytes_ > 0) munmap(data_, bytes_);
    bytes_ = 0;
    written_ = 0;
  }

  void* data_ = nullptr;
  std::size_t bytes_ = 0;
  std::size_t written_ = 0;  ///< bytes, those written twice counted twice
};

}  // namespace fanout
