#include "workloads/pipeline/line.hpp"

#include <cstdio>
#include <mutex>
#include <numeric>
#include <stdexcept>

namespace fanout {

Line::Line(const LineShape& shape) : shape_(shape), queues_(kStages * shape.capacity), free_(slots()) {
  std::iota(free_.span().begin(), free_.span().end(), 0U);
  control_->free = slots();
}

Step Line::begin() {
  const std::scoped_lock lock(control_->mutex);
  pass_time();
  ++control_->asked;
  const Step step = take(await_next());
  wake_one();
  return step;
}

void Line::end(const Step& step) {
  const std::scoped_lock lock(control_->mutex);
  pass_time();
  ++control_->done;
  const auto stage = static_cast<std::size_t>(step.stage);
  --place(stage).inside;
  if (step.stage == Stage::write) {
    free_[control_->free++] = step.slot;
  } else {
    const std::uint64_t position = place(stage + 1).arrived++;
    queued(stage + 1, shape_.ordered ? step.item : position) = {.item = step.item, .slot = step.slot, .here = true};
  }
  wake_one();
}

void Line::fail(const char* reason) {
  const std::scoped_lock lock(control_->mutex);
  if (!control_->failed) std::snprintf(control_->reason, sizeof control_->reason, "%s", reason);
  control_->failed = true;
  control_->changed.notify_one();  // who wakes up the next
}

std::uint64_t Line::inside() const { return slots() - control_->free; }
const StageTimes& Line::times(Stage stage) const { return place(static_cast<std::size_t>(stage)).times; }
double Line::waited() const { return control_->waited; }
double Line::lasted() const { return control_->lasted; }

/// Items that may have been read so far: those of every batch of which a step has been asked for.
std::uint64_t Line::readable() const {
  const std::uint64_t batch = kStages * shape_.items;
  return (control_->asked + batch - 1) / batch * shape_.items;
}

bool Line::has_item(std::size_t stage) const {
  return stage == 0 ? place(0).begun < readable() : queued(stage, place(stage).begun).here;
}

bool Line::has_room(std::size_t stage) const {
  if (stage + 1 == kStages) return true;
  return place(stage + 1).promised < shape_.capacity && (stage > 0 || control_->free > 0);
}

std::optional<std::size_t> Line::next() const {
  for (std::size_t stage = kStages; stage-- > 0;) {
    if (has_item(stage) && has_room(stage) && !is_full(stage)) return stage;
  }
  return {};
}

std::size_t Line::await_next() {
  for (;;) {
    if (control_->failed) {
      control_->changed.notify_one();
      throw std::runtime_error(control_->reason);
    }
    if (const auto stage = next()) return *stage;
    const auto start = control_->seen;
    ++control_->waiting;
    control_->changed.wait(control_->mutex);
    --control_->waiting;
    pass_time();
    control_->waited += std::chrono::duration<double>(control_->seen - start).count();
  }
}

Step Line::take(std::size_t stage) {
  Place& at = place(stage);
  Step step{.stage = static_cast<Stage>(stage), .turn = at.begun++};
  ++at.inside;
  if (stage == 0) {
    step.item = step.turn;
    step.slot = free_[--control_->free];
  } else {
    Queued& from = queued(stage, step.turn);
    step.item = from.item;
    step.slot = from.slot;
    from.here = false;
    --at.promised;
  }
  if (stage + 1 < kStages) ++place(stage + 1).promised;
  return step;
}

/// Adds the time since the last change to the states that the stages have been in since.
void Line::pass_time() {
  const auto now = Clock::now();
  const double passed = std::chrono::duration<double>(now - control_->seen).count();
  control_->seen = now;
  if (control_->done == kStages * readable()) return;  // between batches
  control_->lasted += passed;
  for (std::size_t stage = 0; stage < kStages; ++stage) {
    const bool item = has_item(stage);
    const bool room = has_room(stage);
    StageTimes& times = place(stage).times;
    (place(stage).inside > 0 ? times.busy : !item ? times.input : !room ? times.held : times.ready) += passed;
    if (item && room && is_full(stage)) times.full += passed;
  }
}

/// Where somebody waits for what there is now. Whoever takes it instead looks again, and wakes up the next.
void Line::wake_one() {
  if (control_->waiting > 0 && next()) control_->changed.notify_one();
}

}  // namespace fanout
