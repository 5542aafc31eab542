#include "workloads/disk/scratch_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "system/nameless_file.hpp"
#include "workloads/digest.hpp"
#include "workloads/disk/page_cache.hpp"

namespace fanout {
namespace {

constexpr std::size_t kBlock = std::size_t{256} << 10;  // bytes a system call, as cp(1) has it

std::uint64_t add(std::uint64_t digest, std::span<const char> block) { return mix(digest ^ hash(block)); }

/// Bytes read: fewer than asked for only at the file's end. -1 and errno where reading fails.
ssize_t read_all(int fd, std::span<char> block) {
  std::size_t done = 0;
  while (done < block.size()) {
    const ssize_t got = read(fd, block.data() + done, block.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return static_cast<ssize_t>(done);
}

/// False and errno where writing fails.
bool write_all(int fd, std::span<const char> block) {
  while (!block.empty()) {
    const ssize_t wrote = write(fd, block.data(), block.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return false;
    block = block.subspan(static_cast<std::size_t>(wrote));
  }
  return true;
}

std::vector<char> make_stock(std::uint64_t seed) {
  std::vector<char> stock(2 * kBlock);
  for (std::size_t at = 0; at < stock.size(); at += sizeof seed) {
    const std::uint64_t word = mix(seed ^ at);
    std::memcpy(&stock[at], &word, sizeof word);
  }
  return stock;
}

}  // namespace

ScratchFiles::ScratchFiles(std::string directory, std::size_t count, std::size_t size, std::uint64_t seed)
    : directory_{std::move(directory)}, size_{size}, seed_{seed}, stock_{make_stock(seed)} {
  std::error_code error;
  if (directory_.empty()) directory_ = std::filesystem::temp_directory_path(error);
  if (error) fail("use the system's temporary directory (TMPDIR)", error.value());
  require_room(count);
  for (std::size_t file = 0; file < count; ++file) files_.push_back(make_file());
}

/// A disk that others need as well is not to be filled first and found too small then.
void ScratchFiles::require_room(std::size_t count) const {
  std::error_code ignored;
  const auto space = std::filesystem::space(directory_, ignored);
  if (ignored || space.capacity == 0 || space.available / size_ >= count) return;  // not all file systems tell
  throw std::runtime_error("disk: no room in " + directory_ + " for " + std::to_string(count) + " files of " +
                           std::to_string(size_) + " B: it has " + std::to_string(space.available) +
                           " B; choose another directory by --set=disk.path=, or lower disk.tasks or disk.size");
}

Descriptor ScratchFiles::make_file() const {
  Descriptor file = nameless_file(directory_);
  if (file.get() < 0) fail("make a file in " + directory_, errno);
  return file;
}

Descriptor ScratchFiles::open_again(std::size_t file, int flags) const {
  const std::string path = "/proc/self/fd/" + std::to_string(files_[file].get());
  Descriptor again{open(path.c_str(), flags | O_CLOEXEC)};
  if (again.get() < 0) fail("open " + name(file) + " by " + path, errno);
  return again;
}

std::uint64_t ScratchFiles::write(std::size_t file, bool synced) const {
  // Emptied first: what an earlier batch has left must not pass for what this one writes.
  const Descriptor open_file = open_again(file, O_WRONLY | O_TRUNC);
  std::uint64_t digest = 0;
  for (std::size_t begin = 0; begin < size_; begin += kBlock) {
    const std::span<const char> content = block(file, begin);
    if (!write_all(open_file.get(), content)) fail("write " + name(file), errno);
    digest = add(digest, content);
  }
  if (synced && fsync(open_file.get()) != 0) fail("sync " + name(file), errno);
  return digest;
}

std::uint64_t ScratchFiles::read(std::size_t file, bool dropped) const {
  thread_local std::vector<char> buffer(kBlock);
  const Descriptor open_file = open_again(file, O_RDONLY);
  if (dropped) drop(open_file.get(), name(file));
  std::uint64_t digest = 0;
  std::size_t total = 0;
  for (std::size_t got = kBlock; got == kBlock; total += got) {  // to the end, also where that comes late
    const ssize_t bytes = read_all(open_file.get(), buffer);
    if (bytes < 0) fail("read " + name(file), errno);
    got = static_cast<std::size_t>(bytes);
    if (got > 0) digest = add(digest, std::span(buffer).first(got));
  }
  if (total == size_) return digest;
  throw std::runtime_error("disk: " + std::string(total < size_ ? "a short read: " : "") + name(file) + " has " +
                           std::to_string(total) + " bytes, not " + std::to_string(size_) +
                           ": somebody else has changed it, or the disk has lost some");
}

std::uint64_t ScratchFiles::expected(std::size_t file) const {
  std::uint64_t digest = 0;
  for (std::size_t begin = 0; begin < size_; begin += kBlock) digest = add(digest, block(file, begin));
  return digest;
}

void ScratchFiles::drop(int fd, const std::string& name) const {
  if (const int error = drop_pages(fd); error != 0) fail("drop the pages of " + name, error);
}

void ScratchFiles::require_droppable() const {
  if (files_.empty()) return;
  const int fd = files_.front().get();
  drop(fd, name(0));
  const auto pages = pages_in_memory(fd, size_);
  if (!pages) fail("ask which pages are in memory of " + name(0), errno);
  if (*pages == 0) return;
  throw std::runtime_error("disk: " + directory_ +
                           " keeps files in memory when advised to drop their pages, as a tmpfs does; choose a"
                           " directory on a disk by --set=disk.path=, or disk.cache=warm");
}

std::string ScratchFiles::name(std::size_t file) const { return "file " + std::to_string(file) + " in " + directory_; }

std::span<const char> ScratchFiles::block(std::size_t file, std::size_t begin) const {
  const std::size_t at = mix(mix(seed_ ^ file) ^ (size_ + begin)) % kBlock;
  return std::span(stock_).subspan(at, std::min(kBlock, size_ - begin));
}

void ScratchFiles::fail(const std::string& what, int error) const {
  const bool descriptors = error == EMFILE || error == ENFILE;
  throw std::runtime_error("disk: cannot " + what + ": " + std::generic_category().message(error) +
                           (descriptors ? "; each file takes a descriptor: lower disk.tasks or raise ulimit -n"
                                        : "; choose another directory by --set=disk.path="));
}

}  // namespace fanout
