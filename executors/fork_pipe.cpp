#include <sys/uio.h>

#include <atomic>
#include <climits>
#include <cstring>
#include <string_view>

#include "executors/executor.hpp"
#include "executors/support/child.hpp"
#include "executors/support/own_digests.hpp"
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

/// One worker as its parent sees it: the process, the end of the pipe that its replies come from, and the reply that is
/// coming in: a large one comes in many pieces.
struct Worker {
  Child child;
  Descriptor replies;
  Reply reply = {};
  std::string message = {};  // of what a task threw
  std::size_t got = 0;       // bytes, of the reply and of what follows it
};

/// One run as the parent sees it.
struct Batch {
  const Job& job;
  std::size_t chunk;       // tasks in a request
  std::size_t sent = 0;    // tasks
  std::size_t done = 0;    // tasks that have been answered for
  std::string error = {};  // what the first task threw that threw
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
    Batch batch{.job = job, .chunk = grain_ > 0 ? grain_ : Options::default_grain(tasks, workers_wanted_)};
    try {
      complete(batch);
    } catch (const std::exception& error) {
      // Replies to this batch may be under way yet, and whoever writes one would wait for a reader for ever.
      dead_ = error.what();
      for (Worker& worker : workers_) worker.child.kill();  // all at once: each takes its time to end
      workers_.clear();
      throw;
    }
    if (!batch.error.empty()) throw std::runtime_error(batch.error);
  }

  std::vector<pid_t> processes() const override {
    std::vector<pid_t> pids;
    for (const Worker& worker : workers_) pids.push_back(worker.child.pid());
    return pids;
  }

 private:
  // ---- the parent's side

  void complete(Batch& batch) {
    const std::size_t tasks = batch.job.workload->tasks();
    while (batch.done < tasks) {
      for (std::size_t end = 0; batch.sent < tasks; batch.sent = end) {
        end = std::min(tasks, batch.sent + batch.chunk);
        if (!send({batch.job.workload, batch.sent, end})) break;
      }
      wait(batch.sent < tasks);
      for (std::size_t i = 0; i < workers_.size(); ++i) {
        if ((events_[1 + 2 * i].revents & POLLIN) != 0) take(workers_[i], batch);
      }
    }
  }

  /// False where the pipe is full.
  bool send(const Request& request) const {
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

  /// Reads what has come from a worker, once: what is missing of the reply that is coming in straight to where it
  /// belongs, and what follows through a buffer, so that small replies do not take a system call each.
  void take(Worker& worker, Batch& batch) {
    const std::span<char> direct = missing(worker, batch);
    const iovec parts[2] = {{direct.data(), direct.size()}, {buffer_.data(), buffer_.size()}};
    const ssize_t got = readv(worker.replies.get(), parts, 2);
    if (got < 0 && errno == EINTR) return;
    if (got < 0) fail("fork_pipe: read");
    std::size_t taken = std::min(static_cast<std::size_t>(got), direct.size());
    std::span<const char> rest(buffer_.data(), static_cast<std::size_t>(got) - taken);
    for (advance(worker, taken, batch); !rest.empty(); advance(worker, taken, batch)) {
      const std::span<char> room = missing(worker, batch);
      taken = std::min(room.size(), rest.size());
      std::memcpy(room.data(), rest.data(), taken);
      rest = rest.subspan(taken);
    }
  }

  /// Where the bytes go that a reply wants next: into its head, the digests, or the message.
  static std::span<char> missing(Worker& worker, const Batch& batch) {
    Reply& reply = worker.reply;
    if (worker.got < sizeof reply) return std::span(reinterpret_cast<char*>(&reply), sizeof reply).subspan(worker.got);
    std::uint64_t* digests = &batch.job.digests[reply.first * batch.job.workload->width()];
    char* body = reply.failed ? worker.message.data() : reinterpret_cast<char*>(digests);
    return std::span(body, reply.bytes).subspan(worker.got - sizeof reply);
  }

  /// Counts bytes that have been put where missing() said, and does what a reply's last one calls for.
  static void advance(Worker& worker, std::size_t bytes, Batch& batch) {
    const Reply& reply = worker.reply;
    worker.got += bytes;
    if (worker.got == sizeof reply && reply.failed) worker.message.resize(reply.bytes);
    if (worker.got < sizeof reply || worker.got < sizeof reply + reply.bytes) return;
    if (reply.failed && batch.error.empty()) batch.error = std::move(worker.message);
    batch.done += std::min(batch.chunk, batch.job.workload->tasks() - reply.first);
    worker.got = 0;
  }

  /// Without one worker the batch cannot be completed: says what happened.
  [[noreturn]] void bury(std::size_t index) {
    const Position& position = positions_[index];
    std::string death = "fork_pipe: " + workers_[index].child.reap().value_or("a process left unasked");
    if (!position.busy)
      death += " between tasks";
    else if (position.last - position.first == 1)
      death += " during task " + std::to_string(position.first);
    else
      death += " during tasks " + std::to_string(position.first) + " to " + std::to_string(position.last - 1);
    throw std::runtime_error(death);
  }

  // ---- the worker's side

  void serve(Position& position, Pipe& replies) {
    requests_.write.close();  // or nobody would ever see its end
    OwnDigests own;           // what the parent gets comes by message
    Request request{};
    while (receive(request)) {
      position.first = request.first;
      position.last = request.last;
      position.busy = true;
      try {
        const std::span<std::uint64_t> digests = own.prepare(*request.workload, request.first, request.last);
        request.workload->run(request.first, request.last, digests);
        const std::size_t width = request.workload->width();
        const auto results = digests.subspan(request.first * width, (request.last - request.first) * width);
        reply(replies.write.get(), request.first, false,
              {reinterpret_cast<const char*>(results.data()), results.size_bytes()});
      } catch (const std::exception& error) {
        reply(replies.write.get(), request.first, true,
              *error.what() == '\0' ? std::string_view("an exception without a message") : error.what());
      } catch (...) {
        reply(replies.write.get(), request.first, true, "a task threw something that is no std::exception");
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

  static void reply(int pipe, std::size_t first, bool failed, std::string_view body) {
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

  unsigned workers_wanted_;
  std::size_t grain_;
  SharedArray<Position> positions_;
  Pipe requests_;
  std::vector<Worker> workers_;
  std::vector<pollfd> events_;
  std::vector<char> buffer_ = std::vector<char>(std::size_t{64} << 10);  // a pipe's usual capacity
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
