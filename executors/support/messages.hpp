#pragma once

#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>
#include <string>
#include <string_view>

#include "core/failure.hpp"
#include "workloads/job.hpp"

namespace fanout {

/// The tasks that a worker is at, for the message if it dies there. In shared memory: a dead worker sends nothing.
struct alignas(64) Position {
  std::atomic<std::size_t> first = 0;  // equal to last: none
  std::atomic<std::size_t> last = 0;
};

/// To whichever worker reads it first: which tasks of which job to run.
struct TaskRequest {
  Job::Call call;       // as everything that was there before the fork, the child's at the same address
  const void* context;  // of the call
  std::size_t width;
  std::size_t first;
  std::size_t last;
};
static_assert(PIPE_BUF % sizeof(TaskRequest) == 0 || sizeof(TaskRequest) < PIPE_BUF, "written and read in one piece");

/// Back from a worker, followed by `bytes` bytes: the digests of the tasks, or cause and reason of what one of them
/// threw.
struct Reply {
  std::size_t first;
  std::size_t bytes;
  bool failed;
};

inline std::string write_failure(const Error& error) {
  return std::string(reinterpret_cast<const char*>(&error.cause), sizeof error.cause) + error.what();
}

inline Error read_failure(const std::string& bytes) {
  Cause cause;
  std::memcpy(&cause, bytes.data(), sizeof cause);
  return Error(bytes.substr(sizeof cause), cause);
}

/// False where there will be no more.
inline bool receive(int pipe, TaskRequest& request) {
  ssize_t got = 0;
  do got = read(pipe, &request, sizeof request);
  while (got < 0 && errno == EINTR);
  return got == sizeof request;
}

inline void reply(int pipe, std::size_t first, bool failed, std::string_view body) {
  Reply head{.first = first, .bytes = body.size(), .failed = failed};
  iovec parts[2] = {{&head, sizeof head}, {const_cast<char*>(body.data()), body.size()}};
  for (std::size_t part = 0; part < 2;) {
    const ssize_t wrote = writev(pipe, parts + part, static_cast<int>(2 - part));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) _exit(1);  // seen as a death, so never as a hang
    for (auto left = static_cast<std::size_t>(wrote); part < 2; ++part) {
      const std::size_t taken = std::min(left, parts[part].iov_len);
      parts[part].iov_base = static_cast<char*>(parts[part].iov_base) + taken;
      parts[part].iov_len -= taken;
      left -= taken;
      if (parts[part].iov_len > 0) break;
    }
  }
}

}  // namespace fanout
