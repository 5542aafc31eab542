#include <algorithm>
#include <fstream>
#include <iterator>
#include <numeric>
#include <stdexcept>

#include "workloads/digest.hpp"
#include "workloads/search/queens.hpp"
#include "workloads/slowed.hpp"
#include "workloads/workload.hpp"

namespace fanout {
namespace {

/// Finds one key a task in `size` shuffled numbers, from front to back. The reference is the inverse of the shuffle.
class Linear final : public Workload {
 public:
  Linear(std::size_t tasks, std::size_t size, std::uint64_t seed) : keys_(tasks), numbers_(size) {
    std::iota(numbers_.begin(), numbers_.end(), 0U);
    for (std::size_t i = size; i > 1; --i) std::swap(numbers_[i - 1], numbers_[mix(seed ^ i) % i]);
    for (std::size_t i = 0; i < tasks; ++i) keys_[i] = static_cast<std::uint32_t>(mix(~seed ^ i) % size);
  }

  std::size_t tasks() const override { return keys_.size(); }

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    for (std::size_t i = first; i < last; ++i)
      deliver(out[i - first], std::ranges::find(numbers_, keys_[i]) - numbers_.begin());
  }

  std::vector<std::uint64_t> expected() const override {
    std::vector<std::uint64_t> positions(numbers_.size());
    for (std::size_t i = 0; i < numbers_.size(); ++i) positions[numbers_[i]] = i;
    std::vector<std::uint64_t> digests;
    for (const std::uint32_t key : keys_) digests.push_back(positions[key]);
    return digests;
  }

 private:
  std::vector<std::uint32_t> keys_;
  std::vector<std::uint32_t> numbers_;
};

/// Looks `kLookups` keys a task up in `size` sorted numbers, by halving. Keys are taken from known places: those are
/// the reference.
class Binary final : public Workload {
 public:
  Binary(std::size_t tasks, std::size_t size, std::uint64_t seed) : tasks_(tasks), numbers_(size), seed_(seed) {
    std::uint64_t number = 0;
    for (std::uint64_t& element : numbers_) element = number += 1 + mix(seed ^ number) % 16;
  }

  std::size_t tasks() const override { return tasks_; }

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    for (std::size_t i = first; i < last; ++i) {
      std::uint64_t digest = 0;
      for (std::uint64_t lookup = 0; lookup < kLookups; ++lookup) {
        const auto found = std::ranges::lower_bound(numbers_, numbers_[place(i, lookup)]);
        digest += (lookup + 1) * static_cast<std::uint64_t>(found - numbers_.begin());
      }
      deliver(out[i - first], digest);
    }
  }

  std::vector<std::uint64_t> expected() const override {
    std::vector<std::uint64_t> digests(tasks_);
    for (std::size_t i = 0; i < tasks_; ++i) {
      for (std::uint64_t lookup = 0; lookup < kLookups; ++lookup) digests[i] += (lookup + 1) * place(i, lookup);
    }
    return digests;
  }

 private:
  static constexpr std::uint64_t kLookups = 300;

  std::size_t place(std::size_t task, std::uint64_t lookup) const {
    return mix(seed_ ^ (task * kLookups + lookup)) % numbers_.size();
  }

  std::size_t tasks_;
  std::vector<std::uint64_t> numbers_;
  std::uint64_t seed_;
};

/// Counts where a pattern begins within a task's slice of a text, by the library's search. The reference compares at
/// every place of the whole text.
class Substring final : public Workload {
 public:
  Substring(std::size_t tasks, std::string text, std::string pattern)
      : tasks_(tasks), text_(std::move(text)), pattern_(std::move(pattern)) {}

  std::size_t tasks() const override { return tasks_; }

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    for (std::size_t i = first; i < last; ++i) {
      const std::size_t end = std::min(begin_of(i + 1) + pattern_.size() - 1, text_.size());
      const std::string_view slice = std::string_view(text_).substr(begin_of(i), end - begin_of(i));
      std::uint64_t count = 0;
      for (std::size_t at = slice.find(pattern_); at != slice.npos; at = slice.find(pattern_, at + 1)) ++count;
      deliver(out[i - first], count);
    }
  }

  std::vector<std::uint64_t> expected() const override {
    std::vector<std::uint64_t> digests(tasks_);
    for (std::size_t i = 0; i < tasks_; ++i) {
      for (std::size_t at = begin_of(i); at < begin_of(i + 1); ++at)
        digests[i] += text_[at] == pattern_.front() && text_.compare(at, pattern_.size(), pattern_) == 0 ? 1 : 0;
    }
    return digests;
  }

 private:
  std::size_t begin_of(std::size_t slice) const {
    return text_.size() / tasks_ * slice + text_.size() % tasks_ * slice / tasks_;
  }

  std::size_t tasks_;
  std::string text_;
  std::string pattern_;
};

std::string generated_text(std::size_t size, std::uint64_t seed) {
  constexpr std::string_view kWords[] = {"worker", "task", "grain", "batch", "queue", "fan", "fanout", "steal", "park"};
  std::string text;
  text.reserve(size + 8);  // the last word may reach beyond
  for (std::uint64_t i = 0; text.size() < size; ++i) text.append(kWords[mix(seed ^ i) % std::size(kWords)]).append(" ");
  text.resize(size);
  return text;
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file || file.bad()) throw std::runtime_error("search.text: " + path + " cannot be read");
  return text;
}

void check_search(const Values& values) {
  const std::string& algorithm = values.text("algorithm");
  if (!values.text("text").empty() && algorithm != "substring")
    throw UsageError("--set=search.text=" + values.text("text") + ": only for search.algorithm=substring");
  if (algorithm == "substring" && values.text("pattern").empty())
    throw UsageError("--set=search.pattern=: accepted: a text of one character or more");
  if (algorithm == "nqueens" && values.number("size") > static_cast<std::int64_t>(kMaxQueens))
    throw UsageError("--set=search.size=" + values.text("size") + ": nqueens takes 1 .. " + std::to_string(kMaxQueens));
}

std::unique_ptr<Workload> build_algorithm(const Values& values, std::uint64_t seed) {
  const auto tasks = static_cast<std::size_t>(values.number("tasks"));
  const auto size = static_cast<std::size_t>(values.number("size"));
  const std::string& algorithm = values.text("algorithm");
  const std::string& file = values.text("text");
  if (algorithm == "linear") return make_workload<Linear>(tasks, size, seed);
  if (algorithm == "binary") return make_workload<Binary>(tasks, size, seed);
  if (algorithm == "nqueens") return build_queens(tasks, size);
  return make_workload<Substring>(tasks, file.empty() ? generated_text(size, seed) : read_text(file),
                                  values.text("pattern"));
}

std::unique_ptr<Workload> build_search(const Values& values, std::uint64_t seed) {
  return slowed(build_algorithm(values, seed), values.number("slowdown"));
}

const Workloads::Add search_added{WorkloadEntry{
    .name = "search",
    .help = "searches: substring and binary have even tasks, linear and above all nqueens uneven ones",
    .parameters = {Parameter::choice("algorithm", "how is searched", {"substring", "linear", "binary", "nqueens"}),
                   Parameter::count("tasks", "tasks in a batch: slices, keys, lots of keys or subtrees", "tasks", 256,
                                    0, 1'000'000)
                       .as(role::kTasks)
                       .briefly("64"),
                   Parameter::count("size", "what is searched: bytes of text, numbers, or the board's order", "", 0, 1,
                                    1'000'000'000)
                       .sized_for(
                           {{"substring", "8000000"}, {"linear", "200000"}, {"binary", "1000000"}, {"nqueens", "12"}})
                       .as(role::kSize)
                       .briefly("2000000")
                       .replaced_by("text"),
                   Parameter::text("pattern", "what substring looks for", "").sized_for({{"substring", "fanout"}}),
                   Parameter::file("text", "the user's own text for substring, instead of a generated one"),
                   slowdown_parameter()},
    .growth = {{"substring", {{"tasks", "size"}}},
               {"nqueens", {{}, "a board's order sets all of the work, and no order has N times that of another"}}},
    .check = check_search,
    .build = build_search}};

}  // namespace
}  // namespace fanout
