#include <unistd.h>

#include <atomic>
#include <memory>

#include "system/shared_memory.hpp"
#include "system/topology.hpp"
#include "workloads/digest.hpp"
#include "workloads/workload.hpp"

namespace fanout {
namespace {

constexpr std::size_t kArrays = 3;

/// STREAM's triad, a = b + s c, over slices of three arrays: its time is that of moving 24 bytes an element, as STREAM
/// counts them (J. McCalpin, "Memory Bandwidth and Machine Balance", 1995): the line that a processor reads before it
/// overwrites it is not among them. The elements are small whole numbers, exact in double. A digest is some elements of
/// a slice; the reference computes these alone, in whole numbers, from what b and c are filled with.
///
/// The arrays lie in memory that forked workers share: private to each, they would be copied page by page. No task
/// reads what another one writes.
class Triad final : public Workload {
 public:
  Triad(std::size_t tasks, std::size_t bytes, bool worker_touches, std::uint64_t seed)
      : tasks_(tasks),
        elements_(bytes / sizeof(double)),
        seed_(seed),
        memory_(kArrays * elements_, Untouched{}),
        touched_(tasks),
        a_(memory_.span().data()),
        b_(a_ + elements_),
        c_(b_ + elements_) {
    for (std::size_t slice = 0; slice < tasks_ && !worker_touches; ++slice) fill(slice);
  }

  std::size_t tasks() const override { return tasks_; }

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    for (std::size_t i = first; i < last; ++i) {
      if (!touched_[i].load(std::memory_order_acquire)) fill(i);
      for (std::size_t k = begin_of(i); k < begin_of(i + 1); ++k) a_[k] = b_[k] + kScalar * c_[k];
      deliver(out[i - first], digest(i, [this](std::size_t k) { return static_cast<std::uint64_t>(a_[k]); }));
    }
  }

  std::vector<std::uint64_t> expected() const override {
    std::vector<std::uint64_t> digests(tasks_);
    for (std::size_t i = 0; i < tasks_; ++i)
      digests[i] = digest(i, [this](std::size_t k) { return filling(2 * k) + kScalar * filling(2 * k + 1); });
    return digests;
  }

  std::map<std::string, double> facts() const override {
    const auto size = static_cast<double>(elements_ * sizeof(double));
    std::map<std::string, double> facts{
        {"bytes_per_task", tasks_ > 0 ? kArrays * size / static_cast<double>(tasks_) : 0}};
    if (const auto cache = last_level_cache(); cache > 0) facts["array_over_cache"] = size / static_cast<double>(cache);
    return facts;
  }

 private:
  static constexpr std::uint64_t kScalar = 3;
  static constexpr std::uint64_t kLooks = 16;  // elements in a digest

  std::size_t begin_of(std::size_t slice) const {
    return elements_ / tasks_ * slice + elements_ % tasks_ * slice / tasks_;
  }

  std::uint64_t filling(std::size_t place) const { return mix(seed_ ^ place) % 1024; }

  /// The first touch of a slice's memory, which is then near the CPU that touched it.
  void fill(std::size_t slice) const {
    for (std::size_t k = begin_of(slice); k < begin_of(slice + 1); ++k) {
      a_[k] = 0;
      b_[k] = static_cast<double>(filling(2 * k));
      c_[k] = static_cast<double>(filling(2 * k + 1));
    }
    touched_[slice].store(true, std::memory_order_release);
  }

  template <class Element>
  std::uint64_t digest(std::size_t slice, const Element& element) const {
    const std::size_t begin = begin_of(slice);
    const std::size_t length = begin_of(slice + 1) - begin;
    std::uint64_t sum = 0;
    for (std::uint64_t look = 0; look < kLooks && length > 0; ++look)
      sum += (look + 1) * element(begin + mix(~seed_ ^ (slice * kLooks + look)) % length);
    return sum;
  }

  std::size_t tasks_;
  std::size_t elements_;  ///< of an array
  std::uint64_t seed_;
  SharedArray<double> memory_;
  SharedArray<std::atomic<bool>> touched_;
  double* a_;
  double* b_;
  double* c_;
};

void check_stream(const Values& values) {
  const std::int64_t most = sysconf(_SC_PHYS_PAGES) / 4 * sysconf(_SC_PAGESIZE) / static_cast<std::int64_t>(kArrays);
  if (values.number("size") > most)
    throw UsageError("--set=stream.size=" + values.text("size") + ": three arrays may take a quarter of the memory, " +
                     std::to_string(most >> 20) + "MiB each");
}

const Workloads::Add stream_added{WorkloadEntry{
    .name = "stream",
    .help = "STREAM's triad: tasks that are bound by the bandwidth of the memory",
    .standard = false,
    .parameters = {Parameter::choice("touch", "who first writes a slice, and so decides on which NUMA node it lies",
                                     {"worker", "opener"}),
                   Parameter::count("tasks", "slices of the arrays", "tasks", 256, 0, 1'000'000).as(role::kTasks),
                   Parameter::bytes("size",
                                    "of each of the three arrays; STREAM asks for four times the last-level cache",
                                    "64MiB", "1KiB", "1024GiB")
                       .as(role::kSize)},
    .growth = {{"worker", {{"tasks", "size"}}}, {"opener", {{"tasks", "size"}}}},
    .check = check_stream,
    .build = [](const Values& values, std::uint64_t seed) -> std::unique_ptr<Workload> {
      return make_workload<Triad>(static_cast<std::size_t>(values.number("tasks")),
                                  static_cast<std::size_t>(values.number("size")), values.text("touch") == "worker",
                                  seed);
    }}};

}  // namespace
}  // namespace fanout
