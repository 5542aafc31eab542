#include "workloads/exec/process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "core/parameter.hpp"
#include "system/descriptor.hpp"
#include "system/spawn_streams.hpp"
#include "workloads/digest.hpp"

namespace fanout {
namespace {

std::string output_of(int file) {
  std::string text;
  std::array<char, 64 << 10> chunk{};
  for (;;) {
    const ssize_t count = read(file, chunk.data(), chunk.size());
    if (count > 0) text.append(chunk.data(), static_cast<std::size_t>(count));
    if (count == 0) return text;
    if (count < 0 && errno != EINTR)
      throw std::system_error(errno, std::generic_category(), "exec: cannot read output");
  }
}

int end_of(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "exec: cannot wait");
  }
  return status;
}

}  // namespace

std::vector<std::string> split_words(const std::string& command) {
  std::vector<std::string> words;
  bool inside = false;  // a word, which may be empty
  char quote = 0;
  for (std::size_t at = 0; at < command.size(); ++at) {
    const char letter = command[at];
    if (quote == 0 && (letter == ' ' || letter == '\t')) {
      inside = false;
      continue;
    }
    if (!inside) words.emplace_back();
    inside = true;
    if (quote != '\'' && letter == '\\' && at + 1 < command.size()) {
      words.back() += command[++at];
    } else if (quote == 0 && (letter == '\'' || letter == '"')) {
      quote = letter;
    } else if (quote == letter) {
      quote = 0;
    } else {
      words.back() += letter;
    }
  }
  if (quote != 0) throw UsageError("exec.template: " + command + ": a quote is not closed");
  if (words.empty()) throw UsageError("exec.template: no command is given");
  return words;
}

std::uint64_t run_process(std::vector<std::string> words) {
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const Descriptor nothing{open("/dev/null", O_RDONLY | O_CLOEXEC)};
  Pipe pipe;
  pid_t pid = -1;
  const SpawnStreams streams(nothing.get(), pipe.write.get());
  const int error = posix_spawnp(&pid, argv[0], streams.get(), nullptr, argv.data(), environ);
  if (error != 0) throw std::system_error(error, std::generic_category(), "exec: cannot start " + words.front());
  pipe.write.close();
  const std::string text = output_of(pipe.read.get());
  const int status = end_of(pid);
  if (WIFSIGNALED(status))
    throw std::runtime_error("exec: " + words.front() + " was killed by signal " + std::to_string(WTERMSIG(status)));
  if (WEXITSTATUS(status) != 0)
    throw std::runtime_error("exec: " + words.front() + " ended with status " + std::to_string(WEXITSTATUS(status)));
  return hash(text);
}

}  // namespace fanout
