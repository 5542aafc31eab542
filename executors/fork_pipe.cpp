#include <cstring>

#include "executors/executor.hpp"
#include "executors/support/child.hpp"
#include "executors/support/messages.hpp"
#include "system/descriptor.hpp"
#include "system/shared_memory.hpp"

namespace fanout {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

/// One worker as its parent sees it: the process, the end of the pipe that its replies come from, and the reply that is
/// coming in: a large one comes in many pieces.
struct Worker {
  Child child;
  Descriptor replies;
  Reply reply = {};
  std::string failure = {};                // what a task threw
  std::vector<std::uint64_t> before = {};  // the first words of the digests that the reply's are added to
  std::size_t got = 0;                     // bytes, of the reply and of what follows it
};

/// One run as the parent sees it.
struct Batch {
  const Job& job;
  std::size_t chunk;                // tasks in a request
  std::size_t sent = 0;             // tasks
  std::size_t done = 0;             // tasks that have been answered for
  std::optional<Error> error = {};  // the first that a task threw

  /// Tasks of the request that begins with this one.
  [[nodiscard]] std::size_t tasks_from(std::size_t first) const { return std::min(chunk, job.tasks - first); }
};

/// As Python's multiprocessing.Pool.map has it: a quarter of a worker's share, rounded up.
std::size_t default_grain(std::size_t tasks, unsigned workers) {
  const std::size_t messages = std::size_t{4} * workers;
  return std::max<std::size_t>(1, (tasks + messages - 1) / messages);
}

/// Processes forked once that are sent ranges of tasks and send digests back, as Python's multiprocessing.Pool: all
/// read one pipe of requests, each writes its own pipe of replies. Nothing but the messages is shared.
class ForkPipe final : public Executor {
 public:
  explicit ForkPipe(const Options& options)
      : workers_wanted_(options.workers),
        grain_(static_cast<std::size_t>(options.values.number("grain"))),
        positions_(options.workers) {
    for (unsigned worker = 0; worker < options.workers; ++worker) {
      Pipe replies;
      workers_.push_back({Child([&, worker] { serve(positions_[worker], replies); }), std::move(replies.read)});
    }
    // This process keeps the reading end too: writing to a pipe without a reader ends a process.
    if (fcntl(requests_.write.get(), F_SETFL, O_NONBLOCK) != 0) fail("fork_pipe: fcntl");
  }

  ~ForkPipe() override { end_workers(); }

  void close() override {
    end_workers();
    if (dead_) throw *dead_;
  }

  void run(const Job& job) override {
    if (dead_) throw *dead_;
    const std::size_t tasks = job.tasks;
    Batch batch{.job = job, .chunk = grain_ > 0 ? grain_ : default_grain(tasks, workers_wanted_)};
    try {
      complete(batch);
    } catch (...) {
      // Replies to this batch may still be under way, and a worker that writes one would wait for a reader for ever.
      give_up(caught());
    }
    if (batch.error) throw *batch.error;
  }

  void require_workers() override {
    if (dead_) throw *dead_;
    wait(false, 0);
  }

  std::vector<pid_t> processes() const override {
    std::vector<pid_t> pids;
    for (const Worker& worker : workers_) pids.push_back(worker.child.pid());
    return pids;
  }

 private:
  // ---- the parent's side

  [[noreturn]] void give_up(const Error& why) {
    dead_ = why;
    for (Worker& worker : workers_) worker.child.kill();  // all at once: each takes its time to end
    workers_.clear();
    throw *dead_;
  }

  void end_workers() {
    requests_.write.close();
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      if (const auto end = workers_[i].child.reap(); end && !dead_) dead_ = death_of(i, end);
    }
    workers_.clear();
  }

  void complete(Batch& batch) {
    const std::size_t tasks = batch.job.tasks;
    while (batch.done < tasks) {
      for (std::size_t end = 0; batch.sent < tasks; batch.sent = end) {
        end = std::min(tasks, batch.sent + batch.chunk);
        if (!send({batch.job.call, batch.job.context, batch.job.width, batch.sent, end})) break;
      }
      wait(batch.sent < tasks, -1);
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

  /// Until a reply, or a death, or room for a request where there are more; so many milliseconds at most, if not -1.
  void wait(bool more, int timeout) {
    events_.clear();
    events_.push_back({.fd = more ? requests_.write.get() : -1, .events = POLLOUT, .revents = 0});
    for (const Worker& worker : workers_) {
      events_.push_back({.fd = worker.replies.get(), .events = POLLIN, .revents = 0});
      events_.push_back(worker.child.death());
    }
    if (poll(events_.data(), events_.size(), timeout) < 0 && errno != EINTR) fail("fork_pipe: poll");
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      if (events_[2 + 2 * i].revents != 0) give_up(death_of(i, workers_[i].child.reap()));
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

  /// Where the next bytes of a reply go: into its head, the digests, or the failure.
  static std::span<char> missing(Worker& worker, const Batch& batch) {
    Reply& reply = worker.reply;
    if (worker.got < sizeof reply) return std::span(reinterpret_cast<char*>(&reply), sizeof reply).subspan(worker.got);
    std::uint64_t* digests = &batch.job.digests[reply.first * batch.job.width];
    char* body = reply.failed ? worker.failure.data() : reinterpret_cast<char*>(digests);
    return std::span(body, reply.bytes).subspan(worker.got - sizeof reply);
  }

  /// Counts bytes that have been put where missing() said. Where they complete a head, makes room for what follows;
  /// where they complete a reply, delivers it.
  static void advance(Worker& worker, std::size_t bytes, Batch& batch) {
    const Reply& reply = worker.reply;
    worker.got += bytes;
    if (worker.got == sizeof reply) {
      worker.failure.resize(reply.failed ? reply.bytes : 0);
      worker.before.resize(reply.failed ? 0 : batch.tasks_from(reply.first));
      for (std::size_t i = 0; i < worker.before.size(); ++i)
        worker.before[i] = batch.job.digest(reply.first + i).front();
    }
    if (worker.got < sizeof reply || worker.got < sizeof reply + reply.bytes) return;
    for (std::size_t i = 0; i < worker.before.size(); ++i)
      batch.job.digest(reply.first + i).front() += worker.before[i];
    if (reply.failed && !batch.error) batch.error = read_failure(worker.failure);
    batch.done += batch.tasks_from(reply.first);
    worker.got = 0;
  }

  /// Without one worker the batch cannot be completed: what happened.
  Error death_of(std::size_t index, const std::optional<Error>& end) const {
    const Position& position = positions_[index];
    return worker_death("fork_pipe", end, position.first, position.last);
  }

  // ---- the worker's side

  void serve(Position& position, Pipe& replies) {
    requests_.write.close();  // or its end would never be seen
    std::vector<std::uint64_t> digests;
    Request request{};
    while (receive(requests_.read.get(), request)) {
      position.first = request.first;
      position.last = request.last;
      const std::size_t tasks = request.last - request.first;
      try {
        if (digests.size() < tasks * request.width) digests.resize(tasks * request.width);
        for (std::size_t i = 0; i < tasks; ++i) digests[i * request.width] = 0;  // which a task adds to
        Job{.call = request.call, .context = request.context}.run(request.first, request.last, digests.data());
        position.first = request.last;  // before the reply: once that is read, the worker may be ended at any time
        reply(replies.write.get(), request.first, false,
              {reinterpret_cast<const char*>(digests.data()), tasks * request.width * sizeof(std::uint64_t)});
      } catch (...) {
        position.first = request.last;
        reply(replies.write.get(), request.first, true, write_failure(caught()));
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
  std::optional<Error> dead_;
};

const Executors::Add added{
    ExecutorEntry{.name = "fork_pipe",
                  .help = "processes forked once, which are sent tasks and send results as messages",
                  .kind = ExecutorEntry::Kind::processes,
                  .memory = ExecutorEntry::Memory::forked,
                  .family = "fork",
                  .standard = false,
                  .library = "fork(2), pipe(2)",
                  .idle = "waits in read(2)",
                  .parameters = {Parameter::count("grain", "tasks in a message; auto: tasks / (4 x workers)", "tasks",
                                                  0, 1, 1'000'000)
                                     .by_default("auto")
                                     .as(role::kGrain)},
                  .open = opener<ForkPipe>()}};

}  // namespace
}  // namespace fanout
