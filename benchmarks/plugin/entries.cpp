#include "benchmarks/plugin/entries.hpp"

#include <cstddef>
#include <filesystem>
#include <limits>

#include "benchmarks/plugin/declared.hpp"
#include "executors/executor.hpp"
#include "workloads/workload.hpp"

namespace fanout {
namespace {

constexpr std::size_t kMostProcesses = 4096;

void succeed(int status) {
  if (status != 0) throw_kept_failure(status);
}

/// The name, if nothing has it yet: settings are by name, whatever they are of.
std::string new_name(const char* name, const std::string& what) {
  std::string found = name_of(name, what);
  if (Workloads::find(found) != nullptr || Executors::find(found) != nullptr)
    throw UsageError(what + " is called '" + found + "', as another workload or executor is");
  return found;
}

template <class... Doors>
void require_functions(const std::string& owner, const Doors&... doors) {
  if (((doors == nullptr) || ...)) throw UsageError(owner + " leaves out a function that it has to have");
}

/// Values as C has them, for as long as what was built of them.
class GivenValues {
 public:
  explicit GivenValues(Values values) : values_(std::move(values)) {
    for (const Values::Value& value : values_.all()) {
      const std::string& name = value.parameter.name;
      all_.push_back({name.c_str(), value.text.c_str(), value.parameter.is_number() ? values_.number(name) : 0});
    }
    given_ = {all_.data(), all_.size()};
  }
  [[nodiscard]] const fanout_values* operator*() const { return &given_; }

 private:
  Values values_;
  std::vector<fanout_value> all_;
  fanout_values given_{};
};

class PluginWorkload final : public Workload {
 public:
  PluginWorkload(const fanout_workload& door, const Values& values, std::uint64_t seed) : door_(door), values_(values) {
    succeed(door_.build(*values_, seed, &work_));
    if (work_ == nullptr) throw Error("it built nothing, and did not fail");
    tasks_ = work_->tasks;
    width_ = work_->width;
    weigh(nullptr);
    if (width_ == 0 || tasks_ > std::numeric_limits<std::size_t>::max() / sizeof(std::uint64_t) / width_)
      throw Error(std::to_string(tasks_) + " tasks of " + std::to_string(width_) + " words cannot be");
    call_directly(door_.run, work_);
  }
  ~PluginWorkload() override { door_.destroy(work_); }

  std::size_t tasks() const override { return tasks_; }
  std::size_t width() const override { return width_; }
  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    succeed(door_.run(work_, first, last, out.data()));
  }

  std::vector<std::uint64_t> expected() const override {
    std::vector<std::uint64_t> digests(tasks_ * width_);
    const auto* weight = std::exchange(work_->weight, &kNoWeight);
    int status = 0;
    if (door_.expected != nullptr) status = door_.expected(work_, digests.data());
    for (std::size_t i = 0; door_.expected == nullptr && status == 0 && i < tasks_; ++i)
      status = door_.run(work_, i, i + 1, &digests[i * width_]);
    work_->weight = weight;
    succeed(status);
    return digests;
  }

  void weigh(const std::atomic<std::uint64_t>* weight) override {
    static_assert(sizeof *weight == sizeof(std::uint64_t) && std::atomic<std::uint64_t>::is_always_lock_free);
    work_->weight = weight != nullptr ? reinterpret_cast<const std::uint64_t*>(weight) : &kNoWeight;
  }

 private:
  static constexpr std::uint64_t kNoWeight = 0;

  fanout_workload door_;
  GivenValues values_;
  fanout_work* work_ = nullptr;
  std::size_t tasks_ = 0;
  std::size_t width_ = 1;
};

class PluginExecutor final : public Executor {
 public:
  PluginExecutor(const fanout_executor& door, const Options& options) : door_(door), values_(options.values) {
    succeed(door_.open(options.workers, options.cpus, *values_, &made_));
  }
  ~PluginExecutor() override { door_.destroy(made_); }

  void run(const Job& job) override {
    first_kept_failure();  // of others' batches
    // On a cache line of its own, as Job is.
    alignas(64) const fanout_job its{sizeof its, job.call, job.context, job.tasks, job.width, job.digests.data()};
    const int status = door_.run(made_, &its);
    if (const auto failure = first_kept_failure()) std::rethrow_exception(failure);
    succeed(status);
  }

  std::vector<pid_t> processes() const override {
    if (door_.processes == nullptr) return {};
    std::vector<pid_t> ids(kMostProcesses);
    ids.resize(std::min(ids.size(), door_.processes(made_, ids.data(), ids.size())));
    return ids;
  }

  void close() override {
    if (door_.close != nullptr) succeed(door_.close(made_));
  }

 private:
  fanout_executor door_;
  GivenValues values_;
  void* made_ = nullptr;
};

}  // namespace

void add_plugin_entry(const fanout_workload& given, const std::string& plugin) {
  const auto door = known_part(given, sizeof given, "a workload");
  WorkloadEntry entry{.name = new_name(door.name, "a workload")};
  entry.help = text_of(door.help, entry.name);
  entry.waits = door.waits != 0;
  entry.parameters = parameters_of(door.parameters, entry.name);
  entry.plugin = plugin;
  require_functions(entry.name, door.build, door.run, door.destroy);
  entry.build = [door](const Values& values, std::uint64_t seed) -> std::unique_ptr<Workload> {
    return std::make_unique<PluginWorkload>(door, values, seed);
  };
  Workloads::add(std::move(entry));
}

void add_plugin_entry(const fanout_executor& given, const std::string& plugin) {
  const auto door = known_part(given, offsetof(fanout_executor, processes), "an executor");
  ExecutorEntry entry{.name = new_name(door.name, "an executor")};
  entry.help = text_of(door.help, entry.name);
  const std::string kind = text_of(door.kind, entry.name);
  const std::string memory = text_of(door.memory, entry.name);
  if ((kind != "threads" || memory != "one") && (kind != "processes" || memory != "forked"))
    throw UsageError(entry.name + " is of kind '" + kind + "' with the memory '" + memory +
                     "'; accepted: threads with one, processes with forked");
  if (kind == "processes") {
    entry.kind = ExecutorEntry::Kind::processes;
    entry.memory = ExecutorEntry::Memory::forked;
    require_functions(entry.name, door.processes);
  }
  entry.family = text_of(door.family, entry.name);
  if (entry.family.empty()) entry.family = entry.name;
  entry.library = text_of(door.library, entry.name);
  if (entry.library.empty()) entry.library = std::filesystem::path(plugin).filename();
  entry.idle = text_of(door.idle, entry.name);
  entry.parameters = parameters_of(door.parameters, entry.name);
  entry.plugin = plugin;
  require_functions(entry.name, door.open, door.run, door.destroy);
  entry.open = [door](const Origin&, const Options& options) -> std::unique_ptr<Executor> {
    return std::make_unique<PluginExecutor>(door, options);
  };
  Executors::add(std::move(entry));
}

}  // namespace fanout
