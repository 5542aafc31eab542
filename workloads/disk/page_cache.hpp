#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <vector>

namespace fanout {

/// Advises the system to drop a file's pages from memory, so that the next reader waits for the device. It keeps those
/// that are still to be written, and, where memory is all that the file has, every one. An error number, 0 if none.
[[nodiscard]] inline int drop_pages(int fd) { return posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED); }

/// How many of the pages of a file's first `size` bytes are in memory; nothing, and errno, where the system does not
/// say. The file has to be this user's own: of others' it says that all are.
[[nodiscard]] inline std::optional<std::size_t> pages_in_memory(int fd, std::size_t size) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> pages((size + page - 1) / page);
  void* mapped = mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) return {};
  const int error = mincore(mapped, size, pages.data()) == 0 ? 0 : errno;
  munmap(mapped, size);
  errno = error;
  if (error != 0) return {};
  return static_cast<std::size_t>(std::ranges::count_if(pages, [](unsigned char bits) { return (bits & 1U) != 0; }));
}

}  // namespace fanout
