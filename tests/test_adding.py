"""What it takes to add to the house: one file, and for C++ one line in CMakeLists.txt. In a copy of the tree."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import BUILD

ROOT = Path(__file__).resolve().parents[1]

WORKLOAD = """
#include "workloads/workload.hpp"

namespace fanout {
namespace {

/// Cubes of the numbers from 0 on.
class Cubes final : public Workload {
 public:
  explicit Cubes(std::size_t tasks) : tasks_(tasks) {}
  std::size_t tasks() const override { return tasks_; }
  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
    for (std::size_t i = first; i < last; ++i) deliver(out[i - first], i * i * i);
  }
  std::vector<std::uint64_t> expected() const override {
    std::vector<std::uint64_t> cubes(tasks_);
    for (std::size_t i = 0; i < tasks_; ++i) cubes[i] = i * i * i;
    return cubes;
  }

 private:
  std::size_t tasks_;
};

const Workloads::Add cubes_added{WorkloadEntry{
    .name = "cubes",
    .help = "cubes of the numbers from 0 on",
    .parameters = {Parameter::count("tasks", "numbers", "tasks", 50, 0, 1'000'000).as(role::kTasks)},
    .build = [](const Values& values, std::uint64_t) { return make_workload<Cubes>(values.number("tasks")); }}};

}  // namespace
}  // namespace fanout
"""
EXECUTOR = """
#include "executors/executor.hpp"

namespace fanout {
namespace {

/// A loop from the last task to the first, `step` at a time.
class Backwards final : public Executor {
 public:
  explicit Backwards(const Options& options) : step_(static_cast<std::size_t>(options.values.number("step"))) {}
  void run(const Job& job) override {
    for (std::size_t last = job.tasks; last > 0;) {
      const std::size_t first = last > step_ ? last - step_ : 0;
      job.run(first, last);
      last = first;
    }
  }

 private:
  std::size_t step_;
};

const Executors::Add backwards_added{ExecutorEntry{
    .name = "backwards",
    .help = "a loop from the last task to the first",
    .kind = ExecutorEntry::Kind::serial,
    .family = "serial",
    .library = "none",
    .idle = "has no workers",
    .parameters = {Parameter::count("step", "tasks at a time", "tasks", 1, 1, 1000).as(role::kGrain)},
    .open = opener<Backwards>()}};

}  // namespace
}  // namespace fanout
"""
OBSERVER = """
#include "benchmarks/observer.hpp"

namespace fanout {
namespace {

/// Counts the calls of run().
class Turns final : public Observer {
 public:
  const Workload& wrap(const Workload& workload, const Options& /*options*/) override {
    counting_ = std::make_unique<Counting>(workload);
    return *counting_;
  }
  nlohmann::ordered_json evidence(std::uint64_t batches) const override {
    return {{"calls", counting_->calls.load()}, {"batches", batches}};
  }

 private:
  struct Counting final : Decorator {
    using Decorator::Decorator;
    void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const override {
      ++calls;
      inner().run(first, last, out);
    }
    mutable std::atomic<std::uint64_t> calls = 0;
  };
  std::unique_ptr<Counting> counting_;
};

const Observers::Add turns_added{
    ObserverEntry{.name = "turns", .help = "calls of run()", .make = [] { return std::make_unique<Turns>(); }}};

}  // namespace
}  // namespace fanout
"""
ADDED = {
    "workloads/cubes.cpp": (WORKLOAD, "fanout_workload(cubes)"),
    "executors/backwards.cpp": (EXECUTOR, "fanout_executor(backwards)"),
    "benchmarks/observers/turns.cpp": (OBSERVER, "fanout_observer(turns)"),
}


def copy_tree(to: Path) -> None:
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listing.stdout.split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, to / name)


def linked(tree: Path, objects: list[Path], program: Path) -> None:
    """The program of this build with more objects: what does not change need not be compiled again."""
    commands = subprocess.run(
        ["ninja", "-t", "commands", "fanout-bench"], cwd=BUILD, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    link = re.sub(r"-o fanout-bench\b", "-o " + shlex.quote(str(program)), commands[-1])
    link = link.replace(" -o ", f" {shlex.join(map(str, objects))} -o ", 1)
    subprocess.run(link, shell=True, cwd=BUILD, check=True)
    shutil.copy(BUILD / "fanout-server", program.parent)


@pytest.mark.skipif(not (BUILD / "build.ninja").exists(), reason="not built by ninja")
def test_a_workload_an_executor_and_an_observer_are_a_file_and_a_line_each(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    copy_tree(tree)
    cmake = tree / "CMakeLists.txt"
    lines = cmake.read_text()
    for name, (text, line) in ADDED.items():
        (tree / name).write_text(text)
        call = line.split("(")[0] + "("
        first = re.search(rf"^{re.escape(call)}", lines, re.M)
        assert first is not None
        lines = lines[: first.start()] + line + "\n" + lines[first.start() :]
    cmake.write_text(lines)
    subprocess.run(["cmake", "-S", tree, "--preset", "release"], cwd=tree, capture_output=True, check=True)
    build = tree / "build/release"
    objects = [f"CMakeFiles/fanout.dir/{name}.o" for name in ADDED]
    subprocess.run(["ninja", *objects], cwd=build, capture_output=True, check=True)
    program = tmp_path / "fanout-bench"
    linked(tree, [build / name for name in objects], program)

    listed = json.loads(subprocess.run([program, "--list=json"], capture_output=True, check=True).stdout)
    for kind, name in (("workloads", "cubes"), ("executors", "backwards"), ("observers", "turns")):
        assert name in [entry["name"] for entry in listed[kind]]
    which: list[str | Path] = [
        program,
        "--workloads=cubes",
        "--executors=backwards,pool",
        "--workers=2",
        "--set=backwards.step=1,7",
    ]
    which += ["--warmup=0", "--benchmark_min_time=0.005", "--benchmark_format=json"]
    results = json.loads(subprocess.run(which, capture_output=True, check=True).stdout)
    assert [entry["name"] for entry in results["benchmarks"]] == [
        "cubes/backwards/workers:1/step:1/tasks:50",
        "cubes/backwards/workers:1/step:7/tasks:50",
        "cubes/pool/workers:2/tasks:50",
    ]
    assert results["failures"] == []
    seen = json.loads(subprocess.run([*which, "--observe=turns"], capture_output=True, check=True).stdout)
    assert [evidence["calls"] // evidence["batches"] for evidence in seen["evidence"]] == [50, 8, 50]
