#include "executors/executor.hpp"
#include "executors/support/first_error.hpp"

#ifndef FANOUT_MISSING
#include <algorithm>
#include <execution>
#include <numeric>

#include "executors/support/arena.hpp"
#endif

namespace fanout {
namespace {

#ifdef FANOUT_MISSING

constexpr const char* kParMissing = FANOUT_MISSING;
const std::string kParLibrary;
class Par;

#else

constexpr const char* kParMissing = "";
const std::string kParLibrary = "libstdc++ " + std::to_string(_GLIBCXX_RELEASE) + " on " + Arena::library();

/// std::for_each(std::execution::par). libstdc++ hands it to oneTBB, which obeys only inside of an arena. What leaves a
/// parallel algorithm's body would terminate the program.
class Par final : public Executor {
 public:
  explicit Par(const Options& options) : arena_(options) {}

  void run(const Job& job) override {
    if (indices_.size() != job.tasks) {
      indices_.resize(job.tasks);
      std::iota(indices_.begin(), indices_.end(), std::size_t{0});
    }
    arena_.execute([&] {
      std::for_each(std::execution::par, indices_.begin(), indices_.end(),
                    [&](std::size_t i) { error_.guard([&] { job.run(i, i + 1); }); });
    });
    error_.rethrow();
  }

 private:
  std::vector<std::size_t> indices_;  // over std::views::iota the algorithm silently runs serially
  FirstError error_;
  Arena arena_;
};

#endif

const Executors::Add par_added{ExecutorEntry{.name = "par",
                                             .help = "std::for_each(std::execution::par), a C++17 parallel algorithm",
                                             .family = "tbb",
                                             .standard = false,
                                             .library = kParLibrary,
                                             .idle = "spins and yields briefly, then parks",
                                             .missing = kParMissing,
                                             .open = opener<Par>()}};

}  // namespace
}  // namespace fanout
