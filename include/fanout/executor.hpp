// An executor as a plug-in: a class, and one line that announces it.
//
//   class Pool {
//    public:
//     explicit Pool(const fanout::Options& options);  // starts options.workers workers
//     void run(const fanout::Job& job);               // every task exactly once; returns when all are done
//   };                                                // the destructor ends the workers
//   FANOUT_EXECUTOR(Pool, .name = "my_pool", .help = "my pool, a closure a task")
#pragma once

#include <fanout/plugin.hpp>
#include <memory>
#include <span>

namespace fanout {

/// How many workers, and what they may use.
struct Options {
  unsigned workers;  ///< exactly as many run tasks, the calling thread counted if it takes part
  unsigned cpus;     ///< that the process may use
  Values values;
};

/// One batch.
class Job {
 public:
  explicit Job(const fanout_job& job) : job_(job) {}

  [[nodiscard]] std::size_t tasks() const { return job_.tasks; }
  /// 64-bit words in a digest, and where they are.
  [[nodiscard]] std::size_t width() const { return job_.width; }
  [[nodiscard]] std::span<std::uint64_t> digests() const { return {job_.digests, job_.tasks * job_.width}; }

  /// Runs tasks [first, last). False where one failed: Fanout has kept why, and refuses the batch.
  bool run(std::size_t first, std::size_t last) const noexcept { return fanout_run(&job_, first, last) == 0; }

 private:
  const fanout_job& job_;
};

/// What users see of an executor. Its class may have `void close()`, which ends the workers and throws where one was
/// lost, and, of kind "processes", has `std::vector<std::int32_t> processes() const`, the ids of those that live.
struct ExecutorInfo {
  const char* name;
  const char* help = "";
  const char* kind = "threads";  ///< or "processes"
  const char* memory = "one";    ///< or "forked": processes that share what was shared when they were forked
  const char* family = "";       ///< the library behind it, which charts give one hue
  const char* library = "";      ///< the same with its version
  const char* idle = "";         ///< what workers do between batches
  std::vector<Parameter> parameters = {};
};

namespace detail {

/// What C calls, for a class.
template <class E>
struct ExecutorDoor {
  static int open(std::uint32_t workers, std::uint32_t cpus, const fanout_values* values, void** made) {
    return guarded([&] { *made = std::make_unique<E>(Options{workers, cpus, Values(*values)}).release(); });
  }

  static int run(void* made, const fanout_job* job) {
    return guarded([&] { static_cast<E*>(made)->run(Job(*job)); });
  }

  static int close(void* made) {
    return guarded([&] {
      if constexpr (requires(E & executor) { executor.close(); }) static_cast<E*>(made)->close();
    });
  }

  static void destroy(void* made) { delete static_cast<E*>(made); }

  static std::size_t processes(const void* made, std::int32_t* ids, std::size_t room) {
    std::size_t count = 0;
    guarded([&] {
      if constexpr (requires(const E& executor) { executor.processes(); }) {
        for (const std::int32_t id : static_cast<const E*>(made)->processes()) {
          if (count < room) ids[count] = id;
          ++count;
        }
      }
    });
    return count;
  }

  explicit ExecutorDoor(const ExecutorInfo& info) {
    Plugin& all = plugin();
    constexpr bool has_processes = requires(const E& executor) { executor.processes(); };
    all.executor_entries.push_back({sizeof(fanout_executor), info.name, info.help, info.kind, info.memory, info.family,
                                    info.library, info.idle, all.keep(info.parameters), &open, &run, &close, &destroy,
                                    has_processes ? &processes : nullptr});
    all.executors.insert(all.executors.end() - 1, &all.executor_entries.back());
  }
};

}  // namespace detail
}  // namespace fanout

/// Announces a class: FANOUT_EXECUTOR(Class, .name = "...", .help = "...", .family = "...")
#define FANOUT_EXECUTOR(Class, ...)                                             \
  static const ::fanout::detail::ExecutorDoor<Class> FANOUT_NAME_(fanout_added, \
                                                                  __COUNTER__)(::fanout::ExecutorInfo{__VA_ARGS__});
