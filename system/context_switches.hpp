#pragma once

#include <cstdint>
#include <functional>

#include "system/descriptor.hpp"

namespace fanout {

/// A moment at which the kernel took a thread off its CPU, or put it back.
struct ContextSwitch {
  enum class Kind : std::uint32_t {
    in,         ///< it runs from now on
    preempted,  ///< it could go on, and waits for a CPU
    blocked,    ///< it waits for something; that it then waits for a CPU too is not seen
    lost,       ///< the kernel had no room for what came before
  };
  std::int64_t at;  ///< ns of CLOCK_MONOTONIC; 0 where lost
  Kind kind;
};

/// The context switches of the calling thread, as perf_event_open(2) records them; read by that thread.
class ContextSwitches {
 public:
  /// Begins to record. Where the kernel refuses, error() says why.
  ContextSwitches();
  ContextSwitches(const ContextSwitches&) = delete;
  ContextSwitches& operator=(const ContextSwitches&) = delete;
  ~ContextSwitches();

  /// An errno, or 0: ENOENT (not in this kernel), EACCES (kernel.perf_event_paranoid), EPERM or ENOSYS (a container's
  /// seccomp), EMFILE.
  [[nodiscard]] int error() const { return error_; }

  /// Hands over what was recorded since the last call, oldest first. Costs a load where there is nothing.
  template <class Take>
  void drain(const Take& take) {
    if (head_ != nullptr && __atomic_load_n(head_, __ATOMIC_ACQUIRE) != tail_) read(take);
  }

 private:
  void read(const std::function<void(const ContextSwitch&)>& take);

  int error_ = 0;
  Descriptor descriptor_;
  void* pages_ = nullptr;
  const unsigned long long* head_ = nullptr;  ///< of the kernel's ring: bytes written so far
  std::uint64_t tail_ = 0;                    ///< bytes read so far
};

}  // namespace fanout
