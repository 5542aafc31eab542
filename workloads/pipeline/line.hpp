#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "system/process_mutex.hpp"
#include "system/shared_memory.hpp"

namespace fanout {

/// The stages of a pipeline, in the order in which an item goes through them.
enum class Stage : std::uint32_t { read, parse, compress, write };
inline constexpr std::array<const char*, 4> kStageNames{"read", "parse", "compress", "write"};
inline constexpr std::size_t kStages = kStageNames.size();

/// What a pipeline may hold.
struct LineShape {
  std::size_t items = 0;     ///< in a batch
  std::size_t capacity = 1;  ///< items that each queue between two stages holds, at least 1
  bool ordered = true;       ///< items begin each stage in the order in which they were read
  std::array<std::size_t, kStages> places{~0U, ~0U, ~0U, ~0U};  ///< items that may be in a stage at once, at least 1
};

/// One item, to be taken through one stage.
struct Step {
  Stage stage = Stage::read;
  std::uint32_t slot = 0;  ///< of the memory that the item has to itself while it is on the line
  std::uint64_t item = 0;  ///< its number, counted on from batch to batch
  std::uint64_t turn = 0;  ///< how many items had begun this stage before it, counted likewise
};

/// Seconds that a stage spent in each state, one at a time, while a batch was under way.
struct StageTimes {
  double busy = 0;   ///< at least one item was in it
  double input = 0;  ///< none was, nor one for it to begin
  double held = 0;   ///< it had one to begin, and no room behind it: back-pressure
  double ready = 0;  ///< it had one to begin, and waited for a worker
  double full = 0;   ///< beside these: all its places were taken, and one more item could have begun
};

/// The order of work in a pipeline: stages, bounded queues between them, and which step is to be done next, in memory
/// that forked processes share. A worker begins a step, does it, and ends it.
///
/// Nobody waits for ever, however few the workers and small the queues. An item has its room in the queue behind a
/// stage from when it begins that stage on. So where no step is being done, the item furthest on (where they are
/// ordered: the first) has an empty queue before it, and can go on. And there is an item: as many may be read as the
/// steps ever asked for need, so that a step too many begins the next batch.
class Line {
 public:
  explicit Line(const LineShape& shape);

  [[nodiscard]] const LineShape& shape() const { return shape_; }
  /// As many items may be on the line at once, each with a slot.
  [[nodiscard]] std::size_t slots() const { return kStages * shape_.capacity; }

  /// The step furthest downstream that can be done: which has an item, room behind it and a free place. Waits until
  /// there is one. Throws where the line has failed.
  Step begin();
  void end(const Step& step);

  /// A step could not be done: every one from now on throws this reason.
  void fail(const char* reason);

  /// Items read and not written; between batches.
  [[nodiscard]] std::uint64_t inside() const;
  [[nodiscard]] const StageTimes& times(Stage stage) const;
  /// Seconds that workers had no step to do, all of them together.
  [[nodiscard]] double waited() const;
  /// Seconds in which batches were under way.
  [[nodiscard]] double lasted() const;

 private:
  using Clock = std::chrono::steady_clock;

  /// An item before a stage. It lies where its position in the queue says: where items are ordered, its number; else
  /// that of its arrival.
  struct Queued {
    std::uint64_t item = 0;
    std::uint32_t slot = 0;
    bool here = false;
  };

  /// A stage with the queue before it.
  struct Place {
    std::uint64_t arrived = 0;   ///< items that have ever come into its queue
    std::uint64_t begun = 0;     ///< that it has ever begun
    std::uint64_t inside = 0;    ///< that are in it
    std::uint64_t promised = 0;  ///< that are in its queue, or in the stage before it
    StageTimes times = {};
  };

  struct Control {
    ProcessMutex mutex;
    ProcessCondition changed;
    std::array<Place, kStages> places;
    std::uint64_t asked = 0;    ///< steps that workers have ever asked for
    std::uint64_t done = 0;     ///< steps
    std::uint64_t free = 0;     ///< slots, at the begin of free_
    std::uint64_t waiting = 0;  ///< workers
    Clock::time_point seen{};   ///< the times are up to here
    double waited = 0;
    double lasted = 0;
    bool failed = false;
    char reason[256] = "";
  };

  [[nodiscard]] Place& place(std::size_t stage) const { return control_->places[stage]; }
  [[nodiscard]] Queued& queued(std::size_t stage, std::uint64_t position) const {
    return queues_[stage * shape_.capacity + position % shape_.capacity];
  }
  [[nodiscard]] std::uint64_t readable() const;
  [[nodiscard]] bool has_item(std::size_t stage) const;
  [[nodiscard]] bool has_room(std::size_t stage) const;
  [[nodiscard]] bool is_full(std::size_t stage) const { return place(stage).inside >= shape_.places[stage]; }
  [[nodiscard]] std::optional<std::size_t> next() const;
  std::size_t await_next();
  Step take(std::size_t stage);
  void pass_time();
  void wake_one();

  LineShape shape_;
  Shared<Control> control_;
  SharedArray<Queued> queues_;
  SharedArray<std::uint32_t> free_;  // slots
};

}  // namespace fanout
