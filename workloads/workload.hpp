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

/// Independent tasks over data that never changes while they run.
class Workload {
 public:
  Workload() = default;
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;
  virtual ~Workload() = default;

  /// Number of tasks in one batch; may be 0.
  [[nodiscard]] virtual std::size_t tasks() const = 0;

  /// Runs tasks [first, last), leaving task i's digest in digests[i]; digests has tasks() elements.
  /// Called from many workers at once, in any order of ranges. A task that cannot do its work throws.
  virtual void run(std::size_t first, std::size_t last, std::span<std::uint64_t> digests) const = 0;

  /// Every task's digest, by a route that no executor touches and, where there is one, another algorithm than run()'s.
  [[nodiscard]] virtual std::vector<std::uint64_t> expected() const = 0;

  /// The shortest time that an honest batch can take on so many workers: a faster one is refused.
  [[nodiscard]] virtual std::chrono::nanoseconds floor(unsigned /*workers*/) const { return {}; }

  /// Tasks that somebody outside the executor has seen done so far (a server's count); none where nobody watches.
  /// Throws where the witness cannot be reached.
  [[nodiscard]] virtual std::optional<std::uint64_t> witnessed() const { return {}; }

  /// Numbers worth keeping beside a result, by counter name (such as spin's calibrated rate).
  [[nodiscard]] virtual std::map<std::string, double> facts() const { return {}; }
};

}  // namespace fanout
