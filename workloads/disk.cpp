#include <atomic>
#include <stdexcept>

#include "system/shared_memory.hpp"
#include "workloads/disk/scratch_files.hpp"
#include "workloads/workload.hpp"

namespace fanout {
namespace {

/// What reading and writing have in common: a task is a file, and its digest that of the file's content.
class Disk : public Workload {
 public:
  std::size_t tasks() const override { return files_.count(); }

  std::vector<std::uint64_t> expected() const override {
    std::vector<std::uint64_t> digests(tasks());
    for (std::size_t i = 0; i < tasks(); ++i) digests[i] = files_.expected(i);
    return digests;
  }

 protected:
  explicit Disk(ScratchFiles files) : files_(std::move(files)) {}
  const ScratchFiles& files() const { return files_; }

 private:
  ScratchFiles files_;
};

/// A task reads a file to its end: from the system's cache, or, where its pages are dropped before, from the device.
class Reads final : public Disk {
 public:
  Reads(ScratchFiles made, bool dropped) : Disk(std::move(made)), dropped_(dropped) {
    for (std::size_t i = 0; i < tasks(); ++i) (void)files().write(i, dropped);  // only what the device has is dropped
    if (dropped) files().require_droppable();
  }

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    for (std::size_t i = first; i < last; ++i) deliver(out[i - first], files().read(i, dropped_));
  }

 private:
  bool dropped_;
};

/// A task empties a file and writes it anew. What it wrote is its digest; the independent count reads all of it again,
/// to see that the disk has it.
class Writes final : public Disk {
 public:
  Writes(ScratchFiles made, bool synced) : Disk(std::move(made)), synced_(synced), written_(tasks()) {}

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    for (std::size_t i = first; i < last; ++i) {
      const std::uint64_t digest = files().write(i, synced_);
      ++written_[i];
      deliver(out[i - first], digest);
    }
  }

  std::optional<std::uint64_t> completed() const override {
    std::uint64_t writes = 0;
    for (std::size_t i = 0; i < tasks(); ++i) {
      writes += written_[i];
      if (written_[i] > 0 && files().read(i, synced_) != files().expected(i))
        throw std::runtime_error("disk: " + files().name(i) + " does not hold what was written to it");
    }
    return writes;
  }

 private:
  bool synced_;
  SharedArray<std::atomic<std::uint64_t>> written_;  // times, by file
};

std::unique_ptr<Workload> build_disk(const Values& values, std::uint64_t seed) {
  ScratchFiles files(values.text("path"), values.number("tasks"), values.number("size"), seed);
  if (values.text("action") == "read") return make_workload<Reads>(std::move(files), values.text("cache") == "dropped");
  return make_workload<Writes>(std::move(files), values.text("sync") == "yes");
}

/// It waits, although reads from a warm cache do not: with a device behind them, reads and synced writes gain from more
/// workers than CPUs, and that many are what a disk is to be tried with.
const Workloads::Add disk_added{WorkloadEntry{
    .name = "disk",
    .help = "reads or writes files of its own, from the system's cache or from the device itself",
    .waits = true,
    .standard = false,
    .parameters =
        {Parameter::choice("action", "what a task does with its file", {"read", "write"}),
         Parameter::count("tasks", "files in a batch", "tasks", 64, 0, 1'000'000).as(role::kTasks),
         Parameter::bytes("size", "of a file", "256KiB", "1B", "1GiB").as(role::kSize),
         Parameter::choice("cache", "whether reads find files in memory, or have them dropped before",
                           {"warm", "dropped"})
             .only_for({"read"}),
         Parameter::choice("sync", "whether a write waits until the device has it", {"no", "yes"}).only_for({"write"}),
         Parameter::text("path", "directory for the files; none: the system's temporary one", "").unnamed()},
    .build = build_disk}};

}  // namespace
}  // namespace fanout
