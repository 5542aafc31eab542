#pragma once

#include <filesystem>
#include <string>

#include "system/descriptor.hpp"

namespace fanout {

/// A file that appears whole or not at all: written beside its place under a temporary name, then renamed. A symbolic
/// link is followed; a device or a pipe, such as /dev/stdout, is written to as it is.
class OutputFile {
 public:
  /// Creates the temporary file at once, with some room on its disk, so that a path that cannot be written is known
  /// before hours of measuring. Throws UsageError that names the path, and the flag that gave it.
  explicit OutputFile(std::filesystem::path path, const std::string& flag = "--benchmark_out");
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  /// Without commit() nothing is left behind.
  ~OutputFile();

  /// Writes the text and puts the file into its place. Throws std::system_error (a full disk, say); an older file of
  /// that name is then as it was.
  void commit(const std::string& text);

 private:
  std::filesystem::path path_;
  std::filesystem::path temporary_;  ///< empty where the path is a device or a pipe
  Descriptor descriptor_;
};

}  // namespace fanout
