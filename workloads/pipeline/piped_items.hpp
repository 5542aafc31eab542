#pragma once

#include <atomic>

#include "workloads/pipeline/line.hpp"
#include "workloads/pipeline/numbers.hpp"
#include "workloads/pipeline/store.hpp"
#include "workloads/workload.hpp"

namespace fanout {

/// How items are compressed.
struct Codec {
  std::size_t (*most)(std::size_t bytes);                                    ///< that so many bytes may become
  std::size_t (*pack)(std::span<const char> bytes, std::span<char> packed);  ///< the bytes that it has used
  void (*unpack)(std::span<const char> packed, std::span<char> bytes);       ///< throws where they are not as many
};

/// Tasks that take items through the stages of a line: seeded text is read, its numbers are parsed into steps, these
/// are compressed and written. A task is one step of whichever item is furthest on.
///
/// What is held to the law: each item goes through each stage as often as there were batches; what it was each time
/// it was written adds up to as many times what the last batch has left; and that is unpacked, and compared with the
/// numbers from which the text was made. Where items are ordered, each is written in its turn.
class PipedItems : public Workload {
 public:
  /// Items of `size` bytes of text, from and to files or memory.
  PipedItems(const LineShape& shape, std::size_t size, bool in_files, const Codec& codec, std::uint64_t seed);

  [[nodiscard]] std::size_t tasks() const override { return kStages * items_; }
  [[nodiscard]] State state() const override { return State::shared; }
  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override;
  [[nodiscard]] std::vector<std::uint64_t> expected() const override;
  /// Between batches only.
  [[nodiscard]] std::optional<std::uint64_t> completed() const override;
  /// Of each stage the shares of the time that it was busy, waited for items, was held up, or waited for a worker; the
  /// share in which it was full; and seconds a batch that workers had nothing to do.
  [[nodiscard]] std::map<std::string, double> facts() const override;

 protected:
  /// Takes an item through a stage.
  virtual void work(const Step& step) const;

 private:
  /// The memory of an item on the line.
  struct Slot {
    std::span<char> text;
    std::span<std::uint32_t> steps;
    std::span<char> packed;
  };
  /// What lies in a place of the output.
  struct Written {
    std::uint64_t item = 0;
    std::size_t size = 0;  ///< bytes
  };

  [[nodiscard]] Slot slot(std::uint32_t number) const;
  [[nodiscard]] std::size_t slot_bytes() const;
  void write(const Step& step, std::span<const char> packed) const;
  [[nodiscard]] std::uint64_t batches() const;
  void require_output(std::uint64_t batches) const;

  std::size_t items_;
  std::size_t size_;     ///< of an item's text, bytes
  std::size_t numbers_;  ///< in an item
  std::size_t most_;     ///< bytes of an item that is compressed
  Codec codec_;
  std::uint64_t seed_;
  mutable Line line_;
  Store input_;
  Store output_;
  SharedArray<char> memory_;                        ///< of the slots
  SharedArray<std::size_t> packed_;                 ///< bytes, by slot
  SharedArray<Written> written_;                    ///< of the last batch, by turn
  SharedArray<std::atomic<std::uint32_t>> passes_;  ///< by item and stage
  SharedArray<std::atomic<std::uint64_t>> sums_;    ///< of the digests of what was written, by item
};

}  // namespace fanout
