// A workload over a library: parsing lines of JSON with nlohmann-json.
#include <fanout/workload.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

/// A task is one line, an order with so many items; its result is what the items cost together.
class JsonLines : public fanout::Workload {
 public:
  JsonLines(const fanout::Values& values, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto items = values.number("items");
    for (auto line = values.number("lines"); line > 0; --line) {
      nlohmann::json order{{"customer", random() % 1000}, {"items", nlohmann::json::array()}};
      std::uint64_t total = 0;
      for (std::int64_t i = 0; i < items; ++i) {
        const std::uint64_t cost = random() % 10'000;
        total += cost;
        order["items"].push_back({{"name", "item " + std::to_string(i)}, {"cost", cost}});
      }
      lines_.push_back(order.dump());
      totals_.push_back(total);
    }
  }

  std::size_t tasks() const { return lines_.size(); }

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const {
    for (std::size_t i = first; i < last; ++i) {
      std::uint64_t total = 0;
      const auto order = nlohmann::json::parse(lines_[i]);
      for (const auto& item : order["items"]) total += item["cost"].get<std::uint64_t>();
      deliver(out[i - first], total);
    }
  }

  /// As they were drawn, not parsed.
  void expected(std::span<std::uint64_t> digests) const { std::copy(totals_.begin(), totals_.end(), digests.begin()); }

 private:
  std::vector<std::string> lines_;
  std::vector<std::uint64_t> totals_;
};

FANOUT_WORKLOAD(
    JsonLines, .name = "jsonlines", .help = "parses lines of JSON with nlohmann-json",
    .parameters = {
        {.name = "lines", .help = "lines to parse, a task each", .standard = "500", .unit = "lines", .role = "tasks"},
        {.name = "items", .help = "items in a line", .standard = "20", .unit = "items", .role = "size"}})
