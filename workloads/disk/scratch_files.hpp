#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "system/descriptor.hpp"

namespace fanout {

/// Files of one size in a directory, without names: the system removes them with the last process that has them open,
/// however it ends. A file's content follows from the seed, its number and the size.
/// Every call that fails throws std::runtime_error naming the file, the directory, the cause and what to do.
class ScratchFiles {
 public:
  /// Makes `count` empty files in a directory; "" is the system's temporary one.
  ScratchFiles(std::string directory, std::size_t count, std::size_t size, std::uint64_t seed);

  [[nodiscard]] std::size_t count() const { return files_.size(); }

  /// Empties a file, fills it, and returns the digest of what was written; `synced`: once the device has it.
  [[nodiscard]] std::uint64_t write(std::size_t file, bool synced) const;

  /// The digest of what a file holds; `dropped`: after advice to drop its pages, to have it from the device.
  [[nodiscard]] std::uint64_t read(std::size_t file, bool dropped) const;

  /// The digest of what a file holds once it has been written.
  [[nodiscard]] std::uint64_t expected(std::size_t file) const;

  /// Throws where a file's pages stay in memory whatever is advised.
  void require_droppable() const;

  /// "file 3 in /tmp"
  [[nodiscard]] std::string name(std::size_t file) const;

 private:
  /// Opens a file again, so that every task has a position and a descriptor of its own.
  [[nodiscard]] Descriptor open_again(std::size_t file, int flags) const;
  [[nodiscard]] Descriptor make_file() const;
  [[nodiscard]] std::span<const char> block(std::size_t file, std::size_t begin) const;
  void drop(int fd, const std::string& name) const;
  void require_room(std::size_t count) const;
  [[noreturn]] void fail(const std::string& what, int error) const;

  std::string directory_;
  std::size_t size_;
  std::uint64_t seed_;
  std::vector<char> stock_;  ///< what all blocks are cut from: to make them anew would be most of a write's time
  std::vector<Descriptor> files_;
};

}  // namespace fanout
