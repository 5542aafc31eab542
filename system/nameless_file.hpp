#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "system/descriptor.hpp"

namespace fanout {

/// An empty file in a directory, to read and write, that the system removes with the last process that has it open.
/// -1 and errno where none can be made.
inline Descriptor nameless_file(const std::string& directory) {
  Descriptor file{open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR)};
  if (file.get() >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return file;
  // Not every file system makes files without a name. Between these two calls there is one.
  std::string name = directory + "/fanout-XXXXXX";
  file = Descriptor{mkostemp(name.data(), O_CLOEXEC)};
  if (file.get() >= 0 && unlink(name.c_str()) != 0) return Descriptor{};
  return file;
}

}  // namespace fanout
