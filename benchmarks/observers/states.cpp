#include "benchmarks/observers/states.hpp"

#include <unistd.h>

#include <algorithm>
#include <vector>

#include "benchmarks/machine.hpp"
#include "benchmarks/observers/states/sampling.hpp"
#include "benchmarks/observers/support/seconds.hpp"
#include "system/cpu_time.hpp"
#include "system/monotonic.hpp"
#include "system/threads.hpp"

namespace fanout {
namespace {

using nlohmann::ordered_json;
using states::StateTimes;

constexpr std::size_t kMostThreads = 64;  // in the evidence

/// The difference of what may not have been told.
template <class Figures, class Number>
ordered_json difference(const std::optional<Figures>& before, const std::optional<Figures>& after,
                        Number Figures::*number) {
  if (!before || !after) return nullptr;
  return *after.*number - *before.*number;
}

}  // namespace

States::States(std::string proc) : reason_(why_no_ready(proc)), proc_(reason_.empty() ? std::move(proc) : "") {}

const Workload& States::wrap(const Workload& workload, const Options& options) {
  workers_declared_ = options.workers;
  recording_ = std::make_unique<states::Recording>(workload, options.workers, proc_);
  return *recording_;
}

void States::begin(const Executor& executor) {
  for (const pid_t thread : own_threads()) know(getpid(), thread, false);
  for (const pid_t process : executor.processes()) know(process, process, false);
  before_ = system(executor);
}

void States::know(pid_t process, pid_t thread, bool born) {
  Known known{.watch = ThreadWatch(proc_, process, thread), .process = process};
  if (!known.watch.read()) return;
  if (!born) known.before = thread_figures(process, thread);
  known_.insert_or_assign(thread, std::move(known));
}

void States::batch_begin() {
  for (auto entry = known_.begin(); entry != known_.end();) {
    entry->second.begin = entry->second.watch.read();
    entry = entry->second.begin ? std::next(entry) : known_.erase(entry);
  }
  recording_->open(sums_.tasks() > 0 ? states::sampling::share_for(sums_.range()) : 0);
  begun_ = monotonic_time();
}

void States::batch_end() {
  wall_ += monotonic_time() - begun_;
  recording_->close();
  for (const states::Record& record : recording_->records()) add(record);
}

void States::add(const states::Record& record) {
  if (record.tasks == 0) return;  // its thread had ended before it could read its times
  Worker& worker = workers_[record.thread];
  worker.process = record.process;
  auto known = known_.find(record.thread);
  if (known == known_.end() && !record.ended) {
    know(record.process, record.thread, true);
    known = known_.find(record.thread);
  }
  ThreadTimes end = record.last;  // of a process that is no more: what it did after its last range is not known
  std::optional<ThreadTimes> begin;
  double pending = 0;
  if (known != known_.end()) {
    begin = known->second.begin;
    pending = known->second.pending;
  }
  if (record.ended)
    end = record.end;
  else if (known != known_.end())
    end = known->second.watch.read().value_or(record.last);
  if (known == known_.end() || record.ended) {
    const bool older = known != known_.end() && known->second.before;
    worker.figures += older ? record.figures - *known->second.before : record.figures;
  }
  if (recording_->coroutines()) {
    const StateTimes whole(end - begin.value_or(record.first));
    sums_.add_whole(record, whole);
    worker.sums.add_whole(record, whole);
    return;
  }
  worker.sums.add(record, begin, end, pending);
  pending = sums_.add(record, begin, end, pending);
  if (known != known_.end()) known->second.pending = proc_.empty() ? 0 : pending;
}

void States::end(const Executor& executor) {
  after_ = system(executor);
  count_switches();
}

void States::count_switches() {
  for (auto& [thread, known] : known_) {
    const auto worker = workers_.find(thread);
    if (worker == workers_.end()) continue;
    if (const auto now = thread_figures(known.process, thread))
      worker->second.figures += *now - known.before.value_or(ThreadFigures{.migrations = 0});
  }
}

States::System States::system(const Executor& executor) const {
  const auto processes = executor.processes();
  System system{.machine = machine_time(),
                .throttling = throttling(),
                .own = std::chrono::duration<double>(cpu_time(processes)).count(),
                .faults = faults()};
  for (const pid_t process : processes) system.faults += faults_of(process);
  return system;
}

ordered_json States::times(const StateTimes& times) const {
  return {{"running", seconds(times.running)},
          {"ready", proc_.empty() ? ordered_json() : ordered_json(seconds(times.ready))},
          {"blocked", seconds(times.blocked)}};
}

/// Those with most tasks.
ordered_json States::threads() const {
  std::vector<const std::pair<const pid_t, Worker>*> order;
  for (const auto& worker : workers_) order.push_back(&worker);
  const auto count = std::min(order.size(), kMostThreads);
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(count), std::greater{},
                            [](const auto* worker) { return worker->second.sums.tasks(); });
  ordered_json threads = ordered_json::array();
  for (const auto* entry : std::span(order).first(count)) {
    const Worker& worker = entry->second;
    ordered_json thread{{"process", worker.process},
                        {"thread", entry->first},
                        {"tasks", static_cast<std::uint64_t>(worker.sums.tasks())}};
    thread.update(times(worker.sums.all()));
    const StateTimes bodies = worker.sums.bodies();
    thread["body"] = recording_->coroutines() ? ordered_json() : ordered_json(seconds(bodies.running + bodies.blocked));
    thread["voluntary"] = worker.figures.voluntary;
    thread["involuntary"] = worker.figures.involuntary;
    threads.push_back(std::move(thread));
  }
  return threads;
}

/// As POP defines it: the mean useful time of a worker over the longest. Nothing where workers are born for a task.
ordered_json States::load_balance() const {
  if (recording_->coroutines() || workers_.size() > workers_declared_) return nullptr;
  double total = 0;
  double most = 0;
  for (const auto& [thread, worker] : workers_) {
    const StateTimes bodies = worker.sums.bodies();
    total += bodies.running + bodies.blocked;
    most = std::max(most, bodies.running + bodies.blocked);
  }
  return most > 0 ? ordered_json(total / workers_declared_ / most) : ordered_json();
}

ordered_json States::evidence(std::uint64_t batches) const {
  const states::Phases phases = sums_.phases();
  const auto wall = static_cast<double>(wall_);
  ThreadFigures figures{.migrations = 0};
  for (const auto& [thread, worker] : workers_) figures += worker.figures;
  const auto tasks = static_cast<std::uint64_t>(sums_.tasks()) + recording_->others();
  ordered_json evidence{{"batches", batches},      {"seconds", seconds(wall)},
                        {"tasks", tasks},          {"workers", workers_declared_},
                        {"seen", workers_.size()}, {"source", proc_.empty() ? "cpu" : "schedstat"}};
  if (!reason_.empty()) evidence["reason"] = reason_;
  evidence["bodies"] = !recording_->coroutines();
  evidence["phases"] = {{"start", times(phases.start)},
                        {"body", times(phases.body)},
                        {"between", times(phases.between)},
                        {"tail", times(phases.tail)}};
  evidence["absent"] = seconds(workers_declared_ * wall - phases.sum());
  evidence["sampled"] = tasks > 0 ? ordered_json(sums_.sampled() / static_cast<double>(tasks)) : ordered_json();
  evidence["load_balance"] = load_balance();
  if (const auto queued = recording_->queued(); queued > 0) {
    const double mean = recording_->queued_time() / static_cast<double>(queued);
    evidence["queued"] = {{"tasks", queued}, {"mean", seconds(mean)}};
  }
  evidence["switches"] = {{"voluntary", figures.voluntary}, {"involuntary", figures.involuntary}};
  evidence["faults"] = {{"minor", after_.faults.minor - before_.faults.minor},
                        {"major", after_.faults.major - before_.faults.major}};
  evidence["migrations"] = figures.migrations ? ordered_json(*figures.migrations) : ordered_json();
  evidence["system"] = {
      {"cpus", effective_cpus()},
      {"busy", difference(before_.machine, after_.machine, &MachineTime::busy)},
      {"own", after_.own - before_.own},
      {"steal", difference(before_.machine, after_.machine, &MachineTime::steal)},
      {"periods", difference(before_.throttling, after_.throttling, &Throttling::periods)},
      {"throttled_periods", difference(before_.throttling, after_.throttling, &Throttling::throttled)},
      {"throttled", difference(before_.throttling, after_.throttling, &Throttling::seconds)}};
  evidence["threads"] = threads();
  return evidence;
}

namespace {

const Observers::Add states_added{
    ObserverEntry{.name = "states",
                  .help = "whether workers ran, waited for a CPU or were blocked: in tasks, before, between and after",
                  .make = [] { return std::make_unique<States>(); }}};

}  // namespace
}  // namespace fanout
