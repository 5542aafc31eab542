#include "core/failure.hpp"

#include <cerrno>
#include <new>
#include <system_error>

namespace fanout {

Error caught() {
  try {
    throw;
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc& error) {
    return Error(error.what(), {.error = ENOMEM});
  } catch (const std::system_error& error) {
    const std::error_condition condition = error.code().default_error_condition();
    if (condition.category() == std::generic_category()) return Error(error.what(), {.error = condition.value()});
    return Error(error.what());
  } catch (const std::exception& error) {
    return Error(*error.what() == '\0' ? "an exception without a message" : error.what());
  } catch (...) {
    return Error("something that is no std::exception");
  }
}

std::string kind_of(const Error& error, const std::string& stage) {
  if (!error.kind.empty()) return error.kind;
  if (error.cause.error == ENOMEM) return "memory";
  if (error.cause.error == EAGAIN) return "threads";
  return stage;
}

}  // namespace fanout
