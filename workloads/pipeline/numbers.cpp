#include "workloads/pipeline/numbers.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace fanout {

void spell(Numbers numbers, std::span<char> text) {
  std::ranges::fill(text, '\n');
  for (std::size_t at = 0; at + Numbers::kText <= text.size(); at += Numbers::kText)
    std::to_chars(&text[at], &text[at] + Numbers::kText - 1, numbers.next());
}

void parse(std::span<const char> text, std::span<std::uint32_t> steps) {
  const char* at = text.data();
  const char* const end = at + text.size();
  std::uint32_t last = 0;
  for (std::uint32_t& step : steps) {
    std::uint32_t number = 0;
    const auto [behind, error] = std::from_chars(at, end, number);
    if (error != std::errc() || behind == end || *behind != '\n') throw std::runtime_error("pipeline: no number");
    const auto change = static_cast<std::int32_t>(number - last);
    step = static_cast<std::uint32_t>(change) << 1U ^ static_cast<std::uint32_t>(change >> 31);
    last = number;
    at = behind + 1;
  }
}

bool are_steps_of(Numbers numbers, std::span<const std::uint32_t> steps) {
  std::uint32_t sum = 0;
  return std::ranges::all_of(steps, [&](std::uint32_t step) {
    sum += step >> 1U ^ (0U - (step & 1U));
    return sum == numbers.next();
  });
}

}  // namespace fanout
