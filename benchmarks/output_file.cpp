#include "benchmarks/output_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "core/parameter.hpp"

namespace fanout {
namespace {

constexpr off_t kRoom = 16 << 10;  // bytes: what small results take

[[noreturn]] void fail(const std::filesystem::path& path) {
  throw std::system_error(errno, std::generic_category(), "cannot write " + path.string());
}

}  // namespace

OutputFile::OutputFile(std::filesystem::path path, const std::string& flag) : path_(std::move(path)) {
  std::error_code none;
  const bool special = std::filesystem::exists(path_, none) && !std::filesystem::is_regular_file(path_, none);
  if (!special && std::filesystem::is_symlink(path_, none)) path_ = std::filesystem::weakly_canonical(path_, none);
  if (!special) temporary_ = path_.string() + ".tmp." + std::to_string(getpid());
  const std::filesystem::path& target = special ? path_ : temporary_;
  descriptor_ = Descriptor(open(target.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  int error = 0;
  if (descriptor_.get() < 0 || write(descriptor_.get(), "", 0) < 0)  // a full device refuses even nothing
    error = errno;
  else if (!special)
    error = posix_fallocate(descriptor_.get(), 0, kRoom);
  if (error == 0) return;
  if (descriptor_.get() >= 0 && !special) unlink(temporary_.c_str());
  throw UsageError(flag + "=" + path_.string() + ": cannot write: " + std::generic_category().message(error));
}

OutputFile::~OutputFile() {
  if (descriptor_.get() >= 0 && !temporary_.empty()) unlink(temporary_.c_str());
}

void OutputFile::commit(const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = write(descriptor_.get(), text.data() + at, text.size() - at);
    if (written < 0 && errno != EINTR) fail(path_);
    if (written > 0) at += static_cast<std::size_t>(written);
  }
  if (!temporary_.empty()) {
    if (ftruncate(descriptor_.get(), static_cast<off_t>(text.size())) != 0) fail(path_);  // the room that is left
    if (fsync(descriptor_.get()) != 0) fail(path_);
    if (rename(temporary_.c_str(), path_.c_str()) != 0) fail(path_);
  }
  descriptor_.close();
}

}  // namespace fanout
