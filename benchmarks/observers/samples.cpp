#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>

#include "benchmarks/observer.hpp"
#include "benchmarks/observers/support/attending.hpp"
#include "system/cpu_timer.hpp"
#include "system/demangled.hpp"
#include "system/shared_memory.hpp"

namespace fanout {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMostSamples = 1U << 15U;  // samples; more are counted only
constexpr int kDepth = 48;                       // frames of a stack; the outermost of a deeper one are left out
constexpr int kOurs = 2;                         // the signal's handler, and what the kernel returns to from it
// The kernel looks at its ticks alone. A period below a tick makes each tick in a thread a sample: with a longer one, a
// thread that lives for less CPU time than that would never be seen.
constexpr std::chrono::nanoseconds kEvery = std::chrono::microseconds(1);

struct Stack {
  std::atomic<int> depth = 0;
  bool in_task = false;
  std::array<void*, kDepth> frames{};
};

struct Tally {
  std::atomic<bool> open = false;
  std::atomic<std::size_t> taken = 0;
};

/// What the handler can reach: the observer at work, or null.
struct Target {
  Tally* tally = nullptr;
  std::span<Stack> stacks{};
};
std::atomic<const Target*> current_target = nullptr;

thread_local volatile std::sig_atomic_t in_task = 0;

/// No lock and no allocation: backtrace() has been called before, and finds frames by what glibc keeps of each library.
void take(int /*signal*/) {
  const int saved = errno;
  const Target* at = current_target.load();
  if (at != nullptr && at->tally->open) {
    if (const std::size_t mine = at->tally->taken++; mine < at->stacks.size()) {
      Stack& stack = at->stacks[mine];
      stack.in_task = in_task != 0;
      stack.depth = backtrace(stack.frames.data(), kDepth);
    }
  }
  errno = saved;
}

/// The calling thread's timer. A forked child has none of its parent's.
thread_local std::optional<CpuTimer> own_timer;

void sample_this_thread() {
  if (!own_timer) own_timer.emplace(SIGPROF, kEvery);
}

class Sampled final : public Attending {
 public:
  Sampled(const Workload& workload, const Tally& tally) : Attending(workload), tally_(tally) {}

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    attend();
    in_task = 1;
    try {
      run_inner(first, last, out);
    } catch (...) {
      in_task = 0;
      throw;
    }
    in_task = 0;
  }

 private:
  void attend() const override {
    if (tally_.open) sample_this_thread();
  }

  const Tally& tally_;
};

/// Where CPU time goes, by stacks of functions.
class Samples final : public Observer {
 public:
  Samples() : stacks_(kMostSamples), target_{&*tally_, stacks_.span()} {}

  ~Samples() override {
    tally_->open = false;
    current_target = nullptr;
    own_timer.reset();
  }

  const Workload& wrap(const Workload& workload, const Options& /*options*/) override {
    void* first = nullptr;
    backtrace(&first, 1);  // loads what it needs, which the handler must not
    struct sigaction action = {};
    action.sa_handler = take;
    action.sa_flags = SA_RESTART;
    sigaction(SIGPROF, &action, nullptr);
    static const int once = pthread_atfork(nullptr, nullptr, [] {
      if (own_timer) own_timer->forget();
      own_timer.reset();
    });
    if (once != 0) throw std::system_error(once, std::generic_category(), "pthread_atfork");
    current_target = &target_;
    sampled_ = std::make_unique<Sampled>(workload, *tally_);
    return *sampled_;
  }

  void begin(const Executor& /*executor*/) override {
    start_ = std::chrono::steady_clock::now();
    tally_->open = true;
    sample_this_thread();
  }

  void end(const Executor& /*executor*/) override {
    tally_->open = false;
    wall_ = std::chrono::steady_clock::now() - start_;
  }

  void merge() override {
    std::map<std::pair<std::vector<std::size_t>, bool>, std::uint64_t> counts;
    const std::size_t kept = std::min<std::size_t>(tally_->taken, kMostSamples);
    for (const Stack& stack : stacks_.span().first(kept)) {
      std::vector<std::size_t> frames;  // the outermost first
      for (int at = stack.depth - 1; at >= kOurs; --at) frames.push_back(number(stack.frames.at(at), at > kOurs));
      if (stack.depth == kDepth) ++truncated_;
      if (!frames.empty()) ++counts[{frames, stack.in_task}];
    }
    for (const auto& [stack, count] : counts)
      folded_.push_back({{"frames", stack.first}, {"in_task", stack.second}, {"count", count}});
  }

  [[nodiscard]] ordered_json evidence(std::uint64_t batches) const override {
    const std::size_t taken = tally_->taken;
    return {{"batches", batches},
            {"seconds", wall_.count()},
            {"bodies", !sampled_->coroutines()},
            {"samples", std::min(taken, kMostSamples)},
            {"dropped", taken - std::min(taken, kMostSamples)},
            {"truncated", truncated_},
            {"frames", frames_},
            {"stacks", folded_}};
  }

 private:
  /// The place among the frames of an address: of the call before it, where it is one to return to.
  std::size_t number(void* address, bool returns) {
    auto* place = static_cast<char*>(address) - (returns ? 1 : 0);
    const auto [found, is_new] = numbers_.try_emplace(place, frames_.size());
    if (!is_new) return found->second;
    ordered_json frame{{"module", nullptr}, {"offset", reinterpret_cast<std::uintptr_t>(place)}, {"symbol", nullptr}};
    if (Dl_info info{}; dladdr(place, &info) != 0) {
      frame["module"] = info.dli_fname;
      frame["offset"] = place - static_cast<char*>(info.dli_fbase);
      if (info.dli_sname != nullptr) frame["symbol"] = demangled(info.dli_sname);
    }
    frames_.push_back(std::move(frame));
    return found->second;
  }

  Shared<Tally> tally_;
  SharedArray<Stack> stacks_;
  Target target_;
  std::unique_ptr<Sampled> sampled_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::duration<double> wall_{};
  std::uint64_t truncated_ = 0;
  std::map<char*, std::size_t> numbers_;
  ordered_json frames_ = ordered_json::array();
  ordered_json folded_ = ordered_json::array();
};

const Observers::Add samples_added{ObserverEntry{.name = "samples",
                                                 .help = "where CPU time goes, by stacks of functions",
                                                 .make = [] { return std::make_unique<Samples>(); }}};

}  // namespace
}  // namespace fanout
