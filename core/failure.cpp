#include "core/failure.hpp"

#include <atomic>
#include <cerrno>
#include <mutex>
#include <new>
#include <system_error>
#include <utility>

namespace fanout {
namespace {

/// What the threads of this process have kept; looked at after every batch of some executors, so by a flag first.
std::mutex kept_mutex;
std::exception_ptr kept_first;
std::atomic<bool> kept_any = false;
thread_local std::exception_ptr kept_here;

int keep(std::exception_ptr failure) noexcept {
  const std::scoped_lock lock(kept_mutex);
  if (!kept_any.exchange(true)) kept_first = failure;
  kept_here = std::move(failure);
  return 1;
}

}  // namespace

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

int keep_failure() noexcept { return keep(std::current_exception()); }

int keep_failure(const char* message) noexcept {
  try {
    return keep(std::make_exception_ptr(Error(message != nullptr ? message : "")));
  } catch (...) {
    return keep(std::current_exception());
  }
}

void throw_kept_failure(int status) {
  if (kept_here) std::rethrow_exception(std::exchange(kept_here, nullptr));
  throw Error("it failed with status " + std::to_string(status) + " and without a message");
}

std::exception_ptr first_kept_failure() noexcept {
  if (!kept_any.load(std::memory_order_relaxed)) return nullptr;
  const std::scoped_lock lock(kept_mutex);
  kept_any = false;
  return std::exchange(kept_first, nullptr);
}

std::string kind_of(const Error& error, const std::string& stage) {
  if (!error.kind.empty()) return error.kind;
  if (error.cause.error == ENOMEM) return "memory";
  if (error.cause.error == EAGAIN) return "threads";
  return stage;
}

}  // namespace fanout
