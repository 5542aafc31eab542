#include "benchmarks/output_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace fanout {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path) {
  throw std::system_error(errno, std::generic_category(), "cannot write " + path.string());
}

}  // namespace

OutputFile::OutputFile(std::filesystem::path path) : path_(std::move(path)) {
  std::error_code none;
  if (std::filesystem::is_symlink(path_, none)) path_ = std::filesystem::weakly_canonical(path_, none);
  const bool special = std::filesystem::exists(path_, none) && !std::filesystem::is_regular_file(path_, none);
  if (!special) temporary_ = path_.string() + ".tmp." + std::to_string(getpid());
  const std::filesystem::path& target = special ? path_ : temporary_;
  descriptor_ = open(target.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail(path_);
}

OutputFile::~OutputFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

void OutputFile::commit(const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = write(descriptor_, text.data() + at, text.size() - at);
    if (written < 0 && errno != EINTR) fail(path_);
    if (written > 0) at += static_cast<std::size_t>(written);
  }
  if (!temporary_.empty()) {
    if (fsync(descriptor_) != 0) fail(path_);
    if (rename(temporary_.c_str(), path_.c_str()) != 0) fail(path_);
  }
  close(descriptor_);
  descriptor_ = -1;
}

}  // namespace fanout
