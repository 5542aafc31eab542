#pragma once

#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <optional>
#include <span>
#include <system_error>

#include "system/nameless_file.hpp"
#include "system/shared_memory.hpp"

namespace fanout {

/// So many bytes, in memory that forked processes share or in a file without a name in the system's temporary
/// directory. Calls that fail throw std::system_error.
class Store {
 public:
  Store(std::size_t bytes, bool in_file) : memory_(in_file ? 0 : bytes, Untouched{}) {
    if (!in_file) return;
    const std::string directory = std::filesystem::temp_directory_path();
    file_ = nameless_file(directory);
    if (file_->get() < 0) fail("a file in " + directory);
  }

  void put(std::size_t at, std::span<const char> bytes) const {
    if (!file_) {
      std::memcpy(&memory_[at], bytes.data(), bytes.size());
      return;
    }
    while (!bytes.empty()) {
      const ssize_t done = pwrite(file_->get(), bytes.data(), bytes.size(), static_cast<off_t>(at));
      if (done < 0) fail("writing to a temporary file");
      bytes = bytes.subspan(static_cast<std::size_t>(done));
      at += static_cast<std::size_t>(done);
    }
  }

  void get(std::size_t at, std::span<char> bytes) const {
    if (!file_) {
      std::memcpy(bytes.data(), &memory_[at], bytes.size());
      return;
    }
    while (!bytes.empty()) {
      const ssize_t done = pread(file_->get(), bytes.data(), bytes.size(), static_cast<off_t>(at));
      if (done <= 0) fail("reading from a temporary file");
      bytes = bytes.subspan(static_cast<std::size_t>(done));
      at += static_cast<std::size_t>(done);
    }
  }

 private:
  [[noreturn]] static void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), "pipeline: " + what);
  }

  SharedArray<char> memory_;
  std::optional<Descriptor> file_;
};

}  // namespace fanout
