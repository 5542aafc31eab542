#include <sys/uio.h>

#include <atomic>
#include <climits>
#include <cstring>
#include <string_view>

#include "executors/child.hpp"
#include "executors/executor.hpp"
#include "system/descriptor.hpp"
#include "system/shared_memory.hpp"

namespace fanout {
namespace {

/// To whichever worker reads it first: which tasks of which job to run.
struct Request {
  const Workload* workload;  // the child's, at the same address
  std::size_t first;
  std::size_t last;
};
static_assert(PIPE_BUF % sizeof(Request) == 0 || sizeof(Request) < PIPE_BUF, "written and read in one piece");

/// Back from a worker, followed by so many bytes: the digests of the tasks, or the message of what one of them threw.
struct Reply {
  std::size_t first;
  std::size_t bytes;
  bool failed;
};

/// What a worker is at, for the message if it dies there. In shared memory: a dead worker sends nothing.
struct alignas(64) Position {
  std::atomic<bool> busy = false;
  std::atomic<std::size_t> first = 0;
  std::atomic<std::size_t> last = 0;
};

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

/// One worker as its parent sees it: the process, and the end of the pipe that its replies come from.
struct Worker {
  Child child;
  Descriptor replies;
  std::vector<char> unread = {};  // begins with a reply, perhaps not a whole one yet
};

/// Processes forked once that are sent ranges of tasks and send digests back, as Python's multiprocessing.Pool: all
/// read one pipe of requests, each writes its own pipe of replies. Nothing but the messages is shared.
class ForkPipe final : public Executor {
 public:
  explicit ForkPipe(const Options& options)
      : workers_wanted_(options.workers), grain_(options.grain), positions_(options.workers) {
    for (unsigned worker = 0; worker < options.workers; ++worker) {
      Pipe replies;
      workers_.push_back({Child([&, worker] { serve(positions_[worker], replies); }), std::move(replies.read)});
    }
    // This process keeps the reading end too: to write to a pipe that nobody reads is deadly.
    if (fcntl(requests_.write.get(), F_SETFL, O_NONBLOCK) != 0) fail("fork_pipe: fcntl");
  }

  ~ForkPipe() override {
    requests_.write.close();
    for (Worker& worker : workers_) worker.child.reap();
  }

  void run(const Job& job) override {
    if (!dead_.empty()) throw std::runtime_error(dead_);
    const std::size_t tasks = job.workload->tasks();
    const std::size_t chunk = grain_ > 0 ? grain_ : Options::default_grain(tasks, workers_wanted_);
    std::size_t sent = 0;
    std::size_t done = 0;
    std::string error;
    while (done < tasks) {
      while (sent < tasks && send({job.workload, sent, std::min(tasks, sent + chunk)}))
        sent = std::min(tasks, sent + chunk);
      wait(sent < tasks);
      for (Worker& worker : workers_) done += take_replies(worker, job, chunk, error);
    }
    if (!error.empty()) throw std::runtime_error(error);
  }

  std::vector<pid_t> processes() const override {
    std::vector<pid_t> pids;
    for (const Worker& worker : workers_) pids.push_back(worker.child.pid());
    return pids;
  }

 private:
  // ---- the parent's side

  /// False where the pipe is full.
  bool send(const Request& request) {
    ssize_t written = 0;
    do written = write(requests_.write.get(), &request, sizeof request);
    while (written < 0 && errno == EINTR);
    if (written < 0 && errno != EAGAIN) fail("fork_pipe: write");
    return written > 0;  // it is all or nothing, being shorter than PIPE_BUF
  }

  /// Until a reply, or a death, or room for a request where there are more.
  void wait(bool more) {
    events_.clear();
    events_.push_back({.fd = more ? requests_.write.get() : -1, .events = POLLOUT, .revents = 0});
    for (const Worker& worker : workers_) {
      events_.push_back({.fd = worker.replies.get(), .events = POLLIN, .revents = 0});
      events_.push_back(worker.child.death());
    }
    if (poll(events_.data(), events_.size(), -1) < 0 && errno != EINTR) fail("fork_pipe: poll");
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      if (events_[2 + 2 * i].revents != 0) bury(i);
    }
  }

  /// Reads what has come from a worker, once; tasks that it has answered for.
  std::size_t take_replies(Worker& worker, const Job& job, std::size_t chunk, std::string& error) {
    const std::size_t index = static_cast<std::size_t>(&worker - workers_.data());
    if ((events_[1 + 2 * index].revents & POLLIN) == 0) return 0;
    std::vector<char>& unread = worker.unread;
    const std::size_t before = unread.size();
    unread.resize(before + kReadBytes);
    const ssize_t got = read(worker.replies.get(), unread.data() + before, kReadBytes);
    unread.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno != EINTR) fail("fork_pipe: read");

    std::size_t done = 0;
    std::size_t at = 0;
    for (Reply reply{}; unread.size() - at >= sizeof reply; at += sizeof reply + reply.bytes) {
      std::memcpy(&reply, unread.data() + at, sizeof reply);
      if (unread.size() - at - sizeof reply < reply.bytes) break;
      const char* body = unread.data() + at + sizeof reply;
      if (!reply.failed)
        std::memcpy(&job.digests[reply.first * job.workload->width()], body, reply.bytes);
      else if (error.empty())
        error.assign(body, reply.bytes);
      done += std::min(chunk, job.workload->tasks() - reply.first);
    }
    unread.erase(unread.begin(), unread.begin() + static_cast<std::ptrdiff_t>(at));
    return done;
  }

  /// Without one worker the batch cannot be completed: ends the others and says what happened.
  [[noreturn]] void bury(std::size_t index) {
    const Position& position = positions_[index];
    dead_ = "fork_pipe: " + workers_[index].child.reap().value_or("a process left unasked");
    if (!position.busy)
      dead_ += " between tasks";
    else if (position.last - position.first == 1)
      dead_ += " during task " + std::to_string(position.first);
    else
      dead_ += " during tasks " + std::to_string(position.first) + " to " + std::to_string(position.last - 1);
    for (Worker& worker : workers_) worker.child.kill();  // all at once: each takes its time to end
    workers_.clear();
    throw std::runtime_error(dead_);
  }

  // ---- the worker's side

  void serve(Position& position, Pipe& replies) {
    requests_.write.close();             // or nobody would ever see its end
    std::vector<std::uint64_t> digests;  // its own: what the parent gets comes by message
    Request request{};
    while (receive(request)) {
      position.first = request.first;
      position.last = request.last;
      position.busy = true;
      const std::size_t width = request.workload->width();
      digests.resize(std::max(digests.size(), request.workload->tasks() * width));
      try {
        request.workload->run(request.first, request.last, {digests.data(), request.workload->tasks() * width});
        reply(replies.write.get(), {.first = request.first, .bytes = 0, .failed = false},
              {reinterpret_cast<const char*>(&digests[request.first * width]),
               (request.last - request.first) * width * sizeof(std::uint64_t)});
      } catch (const std::exception& error) {
        reply(replies.write.get(), {.first = request.first, .bytes = 0, .failed = true},
              *error.what() == '\0' ? std::string_view("an exception without a message") : error.what());
      } catch (...) {
        reply(replies.write.get(), {.first = request.first, .bytes = 0, .failed = true},
              "a task threw something that is no std::exception");
      }
      position.busy = false;
    }
  }

  /// False where there will be no more.
  bool receive(Request& request) const {
    ssize_t got = 0;
    do got = read(requests_.read.get(), &request, sizeof request);
    while (got < 0 && errno == EINTR);
    return got == sizeof request;
  }

  static void reply(int pipe, Reply head, std::string_view body) {
    head.bytes = body.size();
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

  static constexpr std::size_t kReadBytes = 64 * 1024;  // a pipe's usual capacity

  unsigned workers_wanted_;
  std::size_t grain_;
  SharedArray<Position> positions_;
  Pipe requests_;
  std::vector<Worker> workers_;
  std::vector<pollfd> events_;
  std::string dead_;
};

const Executors::Add added{
    ExecutorEntry{.name = "fork_pipe",
                  .help = "processes forked once, which are sent tasks and send results as messages (--grain)",
                  .kind = ExecutorEntry::Kind::processes,
                  .axis = ExecutorEntry::Axis::grain,
                  .library = "fork(2), pipe(2)",
                  .idle = "waits in read(2)",
                  .open = opener<ForkPipe>()}};

}  // namespace
}  // namespace fanout
