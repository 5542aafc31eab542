#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fanout {

class AsyncWorkload;

/// Tasks that may run in any order and at any time. Most work on data that never changes meanwhile; where they share
/// state that does, state() says where it lies and witnessed() reads it.
class Workload {
 public:
  Workload() = default;
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;
  virtual ~Workload() = default;

  /// Number of tasks in one batch; may be 0.
  [[nodiscard]] virtual std::size_t tasks() const = 0;

  /// 64-bit words in a digest. More than one where the result itself is what a task is for, and has to arrive whole.
  [[nodiscard]] virtual std::size_t width() const { return 1; }

  /// Runs tasks [first, last), leaving task i's digest in digests[i * width()] and following; digests has
  /// tasks() * width() elements.
  /// Called from many workers at once, in any order of ranges. A task that cannot do its work throws.
  virtual void run(std::size_t first, std::size_t last, std::span<std::uint64_t> digests) const = 0;

  /// Every task's digest, by a route that no executor touches and, where there is one, another algorithm than run()'s.
  [[nodiscard]] virtual std::vector<std::uint64_t> expected() const = 0;

  /// The shortest time that an honest batch can take on so many workers: a faster one is refused.
  [[nodiscard]] virtual std::chrono::nanoseconds floor(unsigned /*workers*/) const { return {}; }

  /// Tasks that somebody outside the executor has seen done so far: a server's count, or what the tasks' shared state
  /// adds up to. None where nobody watches. Throws where the witness cannot be reached, or contradicts itself.
  [[nodiscard]] virtual std::optional<std::uint64_t> witnessed() const { return {}; }

  /// Where the tasks keep the state that they share.
  enum class State {
    none,     ///< they share none
    process,  ///< in the memory of one process: workers that are processes would each change their own copy
    shared,   ///< in memory that forked processes share
  };
  [[nodiscard]] virtual State state() const { return State::none; }

  /// This workload as coroutines, where waiting can be done without holding a thread; null where it is not written so.
  /// Lives as long as this object.
  [[nodiscard]] virtual const AsyncWorkload* async() const { return nullptr; }

  /// Numbers worth keeping beside a result, by counter name (such as spin's calibrated rate).
  [[nodiscard]] virtual std::map<std::string, double> facts() const { return {}; }
};

}  // namespace fanout
