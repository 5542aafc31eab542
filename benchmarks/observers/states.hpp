#pragma once

#include <unordered_map>

#include "benchmarks/observer.hpp"
#include "benchmarks/observers/states/recording.hpp"
#include "system/cgroup.hpp"
#include "system/machine_time.hpp"

namespace fanout {

/// In which state each worker was, before its first task of a batch, in tasks, between them and after the last:
/// running, ready (waiting for a CPU) or blocked.
class States final : public Observer {
 public:
  /// `proc` replaces "/proc" in tests, where waits for a CPU are looked for.
  explicit States(std::string proc = "/proc");

  const Workload& wrap(const Workload& workload, const Options& options) override;
  void begin(const Executor& executor) override;
  void batch_begin() override;
  void batch_end() override;
  void end(const Executor& executor) override;
  [[nodiscard]] nlohmann::ordered_json evidence(std::uint64_t batches) const override;

 private:
  /// A thread that lives on between batches.
  struct Known {
    ThreadWatch watch;
    pid_t process;
    std::optional<ThreadFigures> before = {};  ///< when it became known; nothing: it was born since
    std::optional<ThreadTimes> begin = {};     ///< of the batch at hand; nothing: it was born in it
    double pending = 0;                        ///< ns in its last tail that may have been a wait for a CPU
  };
  /// All that a worker did.
  struct Worker {
    pid_t process = 0;
    states::Sums sums;
    ThreadFigures figures{.migrations = 0};
  };
  struct System {
    std::optional<MachineTime> machine;
    std::optional<Throttling> throttling;
    double own = 0;  ///< CPU seconds of this process and its workers
    Faults faults;
  };

  void know(pid_t process, pid_t thread, bool born);
  void add(const states::Record& record);
  void count_switches();
  [[nodiscard]] System system(const Executor& executor) const;
  [[nodiscard]] nlohmann::ordered_json times(const states::StateTimes& times) const;
  [[nodiscard]] nlohmann::ordered_json threads() const;
  [[nodiscard]] nlohmann::ordered_json load_balance() const;

  std::string reason_;  ///< why there is no ready time
  std::string proc_;    ///< where it is read; empty: nowhere
  unsigned workers_declared_ = 1;
  std::unique_ptr<states::Recording> recording_;
  std::unordered_map<pid_t, Known> known_;
  std::unordered_map<pid_t, Worker> workers_;
  states::Sums sums_;
  std::int64_t begun_ = 0;
  std::int64_t wall_ = 0;  ///< ns of all batches
  System before_, after_;
};

}  // namespace fanout
