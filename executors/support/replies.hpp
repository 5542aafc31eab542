#pragma once

#include <atomic>
#include <cstring>
#include <optional>
#include <span>
#include <system_error>
#include <vector>

#include "executors/support/messages.hpp"

namespace fanout {

/// Tasks that are sent to workers and answered for, as the sender sees it.
struct Batch {
  Batch(const Job& its_job, std::size_t its_chunk, std::size_t has_come, bool is_all)
      : job(its_job), chunk(its_chunk), come(has_come), all(is_all) {}

  const Job& job;
  std::size_t chunk;                // tasks in a request
  std::atomic<std::size_t> come;    // tasks that are there
  std::atomic<bool> all;            // and no more will be: written last
  std::size_t sent = 0;             // tasks
  std::size_t done = 0;             // tasks that have been answered for
  std::optional<Error> error = {};  // the first that a task threw

  /// Tasks of the request that begins with this one.
  [[nodiscard]] std::size_t tasks_from(std::size_t first) const { return std::min(chunk, job.tasks - first); }
};

/// What comes through one worker's pipe of replies: a large one comes in many pieces.
class Replies {
 public:
  /// Reads what has come, once: what is missing of the reply that is coming in straight to where it belongs, and what
  /// follows through a buffer, so that small replies do not take a system call each.
  void take(int pipe, Batch& batch, std::span<char> buffer) {
    const std::span<char> direct = missing(batch);
    const iovec parts[2] = {{direct.data(), direct.size()}, {buffer.data(), buffer.size()}};
    const ssize_t got = readv(pipe, parts, 2);
    if (got < 0 && errno == EINTR) return;
    if (got < 0) throw std::system_error(errno, std::generic_category(), "fork_pipe: read");
    std::size_t taken = std::min(static_cast<std::size_t>(got), direct.size());
    std::span<const char> rest(buffer.data(), static_cast<std::size_t>(got) - taken);
    for (advance(taken, batch); !rest.empty(); advance(taken, batch)) {
      const std::span<char> room = missing(batch);
      taken = std::min(room.size(), rest.size());
      std::memcpy(room.data(), rest.data(), taken);
      rest = rest.subspan(taken);
    }
  }

 private:
  /// Where the next bytes of a reply go: into its head, the digests, or the failure.
  std::span<char> missing(const Batch& batch) {
    if (got_ < sizeof reply_) return std::span(reinterpret_cast<char*>(&reply_), sizeof reply_).subspan(got_);
    std::uint64_t* digests = &batch.job.digests[reply_.first * batch.job.width];
    char* body = reply_.failed ? failure_.data() : reinterpret_cast<char*>(digests);
    return std::span(body, reply_.bytes).subspan(got_ - sizeof reply_);
  }

  /// Counts bytes that have been put where missing() said. Where they complete a head, makes room for what follows;
  /// where they complete a reply, delivers it.
  void advance(std::size_t bytes, Batch& batch) {
    got_ += bytes;
    if (got_ == sizeof reply_) {
      failure_.resize(reply_.failed ? reply_.bytes : 0);
      before_.resize(reply_.failed ? 0 : batch.tasks_from(reply_.first));
      for (std::size_t i = 0; i < before_.size(); ++i) before_[i] = batch.job.digest(reply_.first + i).front();
    }
    if (got_ < sizeof reply_ || got_ < sizeof reply_ + reply_.bytes) return;
    for (std::size_t i = 0; i < before_.size(); ++i) batch.job.digest(reply_.first + i).front() += before_[i];
    if (reply_.failed && !batch.error) batch.error = read_failure(failure_);
    batch.done += batch.tasks_from(reply_.first);
    got_ = 0;
  }

  Reply reply_ = {};
  std::string failure_ = {};                // what a task threw
  std::vector<std::uint64_t> before_ = {};  // the first words of the digests that the reply's are added to
  std::size_t got_ = 0;                     // bytes, of the reply and of what follows it
};

}  // namespace fanout
