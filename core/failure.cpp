#include "core/failure.hpp"

#include <new>
#include <system_error>

namespace fanout {

std::string words() {
  try {
    throw;
  } catch (const std::exception& error) {
    return *error.what() == '\0' ? "an exception without a message" : error.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}

std::string kind_of(const std::string& words, const std::string& stage) {
  const auto say = [&](const std::string& text) { return words.find(text) != std::string::npos; };
  const auto say_code = [&](std::errc code) { return say(std::make_error_code(code).message()); };
  if (say(std::bad_alloc().what()) || say_code(std::errc::not_enough_memory)) return "memory";
  if (say_code(std::errc::resource_unavailable_try_again)) return "threads";
  return stage;
}

}  // namespace fanout
