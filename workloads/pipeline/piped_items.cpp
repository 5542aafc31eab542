#include "workloads/pipeline/piped_items.hpp"

#include <numeric>
#include <stdexcept>

namespace fanout {
namespace {

std::size_t line_of_cache(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

std::span<const char> bytes_of(std::span<const std::uint32_t> words) {
  const auto bytes = std::as_bytes(words);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

PipedItems::PipedItems(const LineShape& shape, std::size_t size, bool in_files, const Codec& codec, std::uint64_t seed)
    : items_(shape.items),
      size_(size),
      numbers_(size / Numbers::kText),
      most_(codec.most(numbers_ * sizeof(std::uint32_t))),
      codec_(codec),
      seed_(seed),
      line_(shape),
      input_(items_ * size_, in_files),
      output_(items_ * most_, in_files),
      memory_(line_.slots() * slot_bytes(), Untouched{}),
      packed_(line_.slots()),
      written_(items_),
      passes_(items_ * kStages),
      sums_(items_) {
  std::vector<char> text(size_);
  for (std::size_t item = 0; item < items_; ++item) {
    spell({seed_, item}, text);
    input_.put(item * size_, text);
  }
}

void PipedItems::run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const {
  for (std::size_t i = first; i < last; ++i) {
    const Step step = line_.begin();
    try {
      work(step);
    } catch (const std::exception& error) {
      line_.fail(error.what());
      throw;
    }
    line_.end(step);
    deliver(out[i - first], mix(seed_ ^ i));
  }
}

void PipedItems::work(const Step& step) const {
  const std::size_t item = step.item % items_;
  const Slot here = slot(step.slot);
  std::size_t& size = packed_[step.slot];
  if (step.stage == Stage::read) input_.get(item * size_, here.text);
  if (step.stage == Stage::parse) parse(here.text, here.steps);
  if (step.stage == Stage::compress) size = codec_.pack(bytes_of(here.steps), here.packed);
  if (step.stage == Stage::write) write(step, here.packed.first(size));
  passes_[item * kStages + static_cast<std::size_t>(step.stage)].fetch_add(1, std::memory_order_relaxed);
}

void PipedItems::write(const Step& step, std::span<const char> packed) const {
  if (line_.shape().ordered && step.item != step.turn)
    throw std::runtime_error("pipeline: item " + std::to_string(step.item % items_) + " was written where item " +
                             std::to_string(step.turn % items_) + " was due");
  const std::size_t turn = step.turn % items_;
  const std::size_t item = step.item % items_;
  output_.put(turn * most_, packed);
  written_[turn] = {.item = item, .size = packed.size()};
  sums_[item].fetch_add(hash(packed), std::memory_order_relaxed);
}

PipedItems::Slot PipedItems::slot(std::uint32_t number) const {
  char* const text = &memory_[number * slot_bytes()];
  char* const steps = text + line_of_cache(size_);
  char* const packed = steps + line_of_cache(numbers_ * sizeof(std::uint32_t));
  return {
      .text = {text, size_}, .steps = {reinterpret_cast<std::uint32_t*>(steps), numbers_}, .packed = {packed, most_}};
}

std::size_t PipedItems::slot_bytes() const {
  return line_of_cache(size_) + line_of_cache(numbers_ * sizeof(std::uint32_t)) + line_of_cache(most_);
}

std::vector<std::uint64_t> PipedItems::expected() const {
  std::vector<std::uint64_t> digests(tasks());
  for (std::size_t i = 0; i < tasks(); ++i) digests[i] = mix(seed_ ^ i);
  return digests;
}

std::optional<std::uint64_t> PipedItems::completed() const {
  if (items_ == 0) return 0;
  if (line_.inside() != 0)
    throw std::runtime_error("when all tasks were done, " + std::to_string(line_.inside()) +
                             " items were still on the line");
  const std::uint64_t seen = batches();
  if (seen > 0) require_output(seen);
  return seen * tasks();
}

/// By the passes. Throws where an item does not have as many as the others.
std::uint64_t PipedItems::batches() const {
  const auto passes = passes_.span();
  const std::uint64_t total = std::accumulate(passes.begin(), passes.end(), std::uint64_t{0});
  const std::uint64_t batches = (total + passes.size() / 2) / passes.size();  // also where a few do not fit
  for (std::size_t i = 0; i < passes.size(); ++i) {
    if (passes[i] == batches) continue;
    throw std::runtime_error("item " + std::to_string(i / kStages) + " went through " + kStageNames[i % kStages] + " " +
                             std::to_string(passes[i]) + " times in " + std::to_string(batches) + " batches");
  }
  return batches;
}

/// Of the last batch, by unpacking it; of those before it, by the sums.
void PipedItems::require_output(std::uint64_t batches) const {
  std::vector<char> packed(most_);
  std::vector<std::uint32_t> steps(numbers_);
  const std::span<char> bytes(reinterpret_cast<char*>(steps.data()), steps.size() * sizeof(std::uint32_t));
  std::vector<bool> seen(items_);
  for (std::size_t turn = 0; turn < items_; ++turn) {
    const auto [item, size] = written_[turn];
    const std::string name = "item " + std::to_string(item);
    if (seen[item]) throw std::runtime_error(name + " was written twice in the last batch");
    seen[item] = true;
    const auto there = std::span(packed).first(size);
    output_.get(turn * most_, there);
    codec_.unpack(there, bytes);
    if (!are_steps_of({seed_, item}, steps)) throw std::runtime_error(name + " did not arrive as it was read");
    if (sums_[item] != batches * hash(there)) throw std::runtime_error(name + " arrived otherwise in another batch");
  }
}

std::map<std::string, double> PipedItems::facts() const {
  std::map<std::string, double> facts;
  const double lasted = line_.lasted();
  if (lasted == 0) return facts;
  for (std::size_t stage = 0; stage < kStages; ++stage) {
    const StageTimes& times = line_.times(static_cast<Stage>(stage));
    const std::string name = kStageNames[stage];
    facts[name + "_busy"] = times.busy / lasted;
    facts[name + "_input"] = times.input / lasted;
    facts[name + "_held"] = times.held / lasted;
    facts[name + "_ready"] = times.ready / lasted;
    facts[name + "_full"] = times.full / lasted;
  }
  facts["waiting_time"] = line_.waited() / static_cast<double>(batches());
  return facts;
}

}  // namespace fanout
