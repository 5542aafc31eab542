// A workload as a plug-in: a class, and one line that announces it.
//
//   class Squares : public fanout::Workload {
//    public:
//     Squares(const fanout::Values& values, std::uint64_t seed);
//     std::size_t tasks() const;
//     void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const;  // calls deliver() for each
//     task void expected(std::span<std::uint64_t> digests) const;                              // may be left out
//   };
//   FANOUT_WORKLOAD(Squares, .name = "squares", .help = "squares of numbers")
#pragma once

#include <concepts>
#include <fanout/plugin.hpp>
#include <memory>
#include <span>

namespace fanout {

namespace detail {
template <class W>
struct WorkloadDoor;
}

/// What a class derives from whose objects are work. It may have `std::size_t width() const`: the 64-bit words that a
/// task delivers, where it is not one. What it throws in its constructor, run() or expected() is the reason of a
/// failure.
class Workload {
 public:
  Workload() = default;
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;

 protected:
  /// A task's result, which is added to the first word of its digest with the weight of the batch: once for each
  /// task, when its work is done.
  void deliver(std::uint64_t& word, std::uint64_t result) const { fanout_deliver(&work_, &word, result); }

  /// Of the batch at hand, for tasks so short that they add it themselves: `word += result + weight`.
  [[nodiscard]] std::uint64_t weight() const { return fanout_weight(&work_); }

 private:
  template <class W>
  friend struct detail::WorkloadDoor;
  fanout_work work_{};
};

/// What users see of a workload.
struct WorkloadInfo {
  const char* name;
  const char* help = "";
  bool waits = false;  ///< its tasks wait rather than compute, so more workers than CPUs pay
  std::vector<Parameter> parameters = {};
};

namespace detail {

/// What C calls, for a class.
template <class W>
struct WorkloadDoor {
  static_assert(std::derived_from<W, Workload>, "derive it from fanout::Workload");

  static const W& of(const void* work) {  // its only member is the first
    return static_cast<const W&>(*static_cast<const Workload*>(work));
  }

  static std::size_t width(const W& work) {
    if constexpr (requires { work.width(); })
      return work.width();
    else
      return 1;
  }

  static std::unique_ptr<W> construct(const Values& values, std::uint64_t seed) {
    if constexpr (std::is_constructible_v<W, const Values&, std::uint64_t>)
      return std::make_unique<W>(values, seed);
    else if constexpr (std::is_constructible_v<W, const Values&>)
      return std::make_unique<W>(values);
    else
      return std::make_unique<W>();
  }

  static int build(const fanout_values* values, std::uint64_t seed, fanout_work** made) {
    return guarded([&] {
      auto work = construct(Values(*values), seed);
      work->Workload::work_ = {nullptr, work->tasks(), width(*work)};
      *made = &static_cast<Workload*>(work.release())->work_;
    });
  }

  // At the head of a cache line: what a short task takes would depend on what code happens to stand before it.
  __attribute__((aligned(64))) static int run(const void* context, std::size_t first, std::size_t last,
                                              std::uint64_t* out) {
    return guarded([&] {
      const W& work = of(context);
      work.run(first, last, std::span(out, (last - first) * width(work)));
    });
  }

  static int expected(const fanout_work* work, std::uint64_t* digests) {
    return guarded([&] {
      if constexpr (requires(std::span<std::uint64_t> all) { of(work).expected(all); })
        of(work).expected(std::span(digests, work->tasks * work->width));
    });
  }

  static void destroy(fanout_work* work) { delete &of(work); }

  explicit WorkloadDoor(const WorkloadInfo& info) {
    Plugin& all = plugin();
    constexpr bool knows = requires(const W& work, std::span<std::uint64_t> digests) { work.expected(digests); };
    all.workload_entries.push_back({sizeof(fanout_workload), info.name, info.help, info.waits ? 1 : 0,
                                    all.keep(info.parameters), &build, &run, knows ? &expected : nullptr, &destroy});
    all.workloads.insert(all.workloads.end() - 1, &all.workload_entries.back());
  }
};

}  // namespace detail
}  // namespace fanout

/// Announces a class: FANOUT_WORKLOAD(Class, .name = "...", .help = "...", .parameters = {{...}, {...}})
#define FANOUT_WORKLOAD(Class, ...)                                             \
  static const ::fanout::detail::WorkloadDoor<Class> FANOUT_NAME_(fanout_added, \
                                                                  __COUNTER__)(::fanout::WorkloadInfo{__VA_ARGS__});
