#include <fstream>
#include <stdexcept>

#include "workloads/digest.hpp"
#include "workloads/exec/process.hpp"
#include "workloads/workload.hpp"

namespace fanout {
namespace {

constexpr std::string_view kPlace = "{input}";

/// A task runs a process of its own, and its digest is that of what the process writes. What each should write is found
/// by running them one after the other, once.
class Exec final : public Workload {
 public:
  Exec(std::vector<std::string> words, std::vector<std::string> inputs)
      : words_(std::move(words)), inputs_(std::move(inputs)) {}

  std::size_t tasks() const override { return inputs_.size(); }

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    for (std::size_t i = first; i < last; ++i) deliver(out[i - first], run_process(command(i)));
  }

  std::vector<std::uint64_t> expected() const override {
    std::vector<std::uint64_t> digests;
    for (std::size_t i = 0; i < tasks(); ++i) digests.push_back(run_process(command(i)));
    return digests;
  }

 private:
  std::vector<std::string> command(std::size_t task) const {
    std::vector<std::string> words = words_;
    for (std::string& word : words) {
      for (std::size_t at = word.find(kPlace); at != word.npos; at = word.find(kPlace, at + inputs_[task].size()))
        word.replace(at, kPlace.size(), inputs_[task]);
    }
    return words;
  }

  std::vector<std::string> words_;
  std::vector<std::string> inputs_;
};

std::vector<std::string> read_lines(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  if (!file.eof()) throw UsageError("exec.inputs: cannot read " + path);
  if (lines.empty()) throw UsageError("exec.inputs: no line in " + path);
  return lines;
}

std::unique_ptr<Workload> build_exec(const Values& values, std::uint64_t /*seed*/) {
  std::vector<std::string> inputs;
  const std::string& path = values.text("inputs");
  if (!path.empty()) inputs = read_lines(path);
  for (std::int64_t i = 0; path.empty() && i < values.number("tasks"); ++i) inputs.push_back(std::to_string(i));
  return make_workload<Exec>(split_words(values.text("template")), std::move(inputs));
}

const Workloads::Add exec_added{WorkloadEntry{
    .name = "exec",
    .help = "runs a command of your own, one process a task: how many at once does it bear",
    .standard = false,
    .parameters = {Parameter::text("template", "the command, with {input} for a task's input; no shell",
                                   "echo {input}"),
                   Parameter::count("tasks", "processes in a batch, whose inputs are numbers from 0 on", "tasks", 16, 0,
                                    100'000)
                       .replaced_by("inputs")
                       .as(role::kTasks),
                   Parameter::file("inputs", "the inputs instead, one a line; each must always give the same output")},
    .check = [](const Values& values) { (void)split_words(values.text("template")); },
    .build = build_exec}};

}  // namespace
}  // namespace fanout
