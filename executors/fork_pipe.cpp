#include <sys/eventfd.h>

#include <thread>

#include "executors/executor.hpp"
#include "executors/support/child.hpp"
#include "executors/support/messages.hpp"
#include "executors/support/replies.hpp"
#include "system/descriptor.hpp"
#include "system/shared_memory.hpp"

namespace fanout {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

/// One worker as its parent sees it: the process, and the end of the pipe that its replies come from.
struct Worker {
  Child child;
  Descriptor pipe;
  Replies replies = {};
};

/// As Python's multiprocessing.Pool.map has it: a quarter of a worker's share, rounded up.
std::size_t default_grain(std::size_t tasks, unsigned workers) {
  const std::size_t messages = std::size_t{4} * workers;
  return std::max<std::size_t>(1, (tasks + messages - 1) / messages);
}

/// Processes forked once that are sent ranges of tasks and send digests back, as Python's multiprocessing.Pool: all
/// read one pipe of requests, each writes its own pipe of replies. Nothing but the messages is shared.
class ForkPipe final : public Executor, private Intake {
 public:
  explicit ForkPipe(const Options& options)
      : workers_wanted_(options.workers),
        grain_(static_cast<std::size_t>(options.values.number("grain"))),
        positions_(options.workers),
        word_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (word_.get() < 0) fail("eventfd");
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
    batch_.emplace(job, grain_ > 0 ? grain_ : default_grain(tasks, workers_wanted_), tasks, true);
    complete_or_give_up();
    if (batch_->error) throw *batch_->error;
  }

  Intake* intake() override { return this; }

  void require_workers() override {
    if (courier_.joinable() && !courier_over_) return;  // which looks after them
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

  /// Requests and replies are a thread's, as in multiprocessing.Pool: a full pipe makes nobody else wait.
  void begin(const Job& job) override {
    if (dead_) throw *dead_;
    batch_.emplace(job, 1, 0, false);
    courier_over_ = false;
    courier_ = std::jthread([this] {
      try {
        complete_or_give_up();
      } catch (...) {  // what it was is kept
      }
      courier_over_ = true;
    });
  }

  void submit(std::size_t task) override {
    batch_->come = task + 1;
    send_word();
  }

  void finish() override {
    end_courier();
    if (dead_) throw *dead_;
    if (batch_->error) throw *batch_->error;
  }

  void end_courier() {
    if (!courier_.joinable()) return;
    batch_->all = true;
    send_word();
    courier_.join();
  }

  void send_word() {
    const std::uint64_t one = 1;
    if (write(word_.get(), &one, sizeof one) < 0 && errno != EAGAIN) fail("fork_pipe: eventfd");
  }

  void complete_or_give_up() {
    try {
      complete(*batch_);
    } catch (...) {
      // Replies to this batch may still be under way, and a worker that writes one would wait for a reader for ever.
      give_up(caught());
    }
  }

  [[noreturn]] void give_up(const Error& why) {
    dead_ = why;
    for (Worker& worker : workers_) worker.child.kill();  // all at once: each takes its time to end
    workers_.clear();
    throw *dead_;
  }

  void end_workers() {
    end_courier();
    requests_.write.close();
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      if (const auto end = workers_[i].child.reap(); end && !dead_) dead_ = death_of(i, end);
    }
    workers_.clear();
  }

  void complete(Batch& batch) {
    for (;;) {
      const bool all = batch.all;
      const std::size_t come = batch.come;
      if (all && batch.done == come) return;
      for (std::size_t end = 0; batch.sent < come; batch.sent = end) {
        end = std::min(come, batch.sent + batch.chunk);
        if (!send({batch.job.call, batch.job.context, batch.job.width, batch.sent, end})) break;
      }
      wait(batch.sent < come, -1);
      for (std::size_t i = 0; i < workers_.size(); ++i) {
        if ((events_[2 + 2 * i].revents & POLLIN) != 0)
          workers_[i].replies.take(workers_[i].pipe.get(), batch, buffer_);
      }
    }
  }

  /// False where the pipe is full.
  bool send(const TaskRequest& request) const {
    ssize_t written = 0;
    do written = write(requests_.write.get(), &request, sizeof request);
    while (written < 0 && errno == EINTR);
    if (written < 0 && errno != EAGAIN) fail("fork_pipe: write");
    return written > 0;  // it is all or nothing, being shorter than PIPE_BUF
  }

  /// Until a reply, or a death, or room for a request where there are more, or word that more tasks have come; so many
  /// milliseconds at most, if not -1.
  void wait(bool more, int timeout) {
    events_.clear();
    events_.push_back({.fd = more ? requests_.write.get() : -1, .events = POLLOUT, .revents = 0});
    events_.push_back({.fd = word_.get(), .events = POLLIN, .revents = 0});
    for (const Worker& worker : workers_) {
      events_.push_back({.fd = worker.pipe.get(), .events = POLLIN, .revents = 0});
      events_.push_back(worker.child.death());
    }
    if (poll(events_.data(), events_.size(), timeout) < 0 && errno != EINTR) fail("fork_pipe: poll");
    std::uint64_t count = 0;
    if (events_[1].revents != 0 && read(word_.get(), &count, sizeof count) < 0 && errno != EAGAIN)
      fail("fork_pipe: eventfd");
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      if (events_[3 + 2 * i].revents != 0) give_up(death_of(i, workers_[i].child.reap()));
    }
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
    TaskRequest request{};
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
  Descriptor word_;  // that more tasks have come, or that these are all
  std::optional<Batch> batch_;
  std::atomic<bool> courier_over_ = false;
  std::jthread courier_;
};

const Executors::Add fork_pipe_added{
    ExecutorEntry{.name = "fork_pipe",
                  .help = "processes forked once, which are sent tasks and send results as messages",
                  .kind = ExecutorEntry::Kind::processes,
                  .memory = ExecutorEntry::Memory::forked,
                  .family = "fork",
                  .standard = false,
                  .library = "fork(2), pipe(2)",
                  .idle = "waits in read(2)",
                  .submits = true,
                  .parameters = {Parameter::count("grain", "tasks in a message; auto: tasks / (4 x workers)", "tasks",
                                                  0, 1, 1'000'000)
                                     .by_default("auto")
                                     .as(role::kGrain)},
                  .open = opener<ForkPipe>()}};

}  // namespace
}  // namespace fanout
