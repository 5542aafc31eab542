"""Plug-ins that the binary loads: their entries are as its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.plugged import GIVEN, INCLUDE, compiled
from tests.conftest import Run

POOL = """
#include <fanout/executor.hpp>
#include <fanout/workload.hpp>
#include <thread>
class Threads {
 public:
  explicit Threads(const fanout::Options& options) : workers_(options.workers), grain_(options.values.number("grain")) {}
  void run(const fanout::Job& job) {
    std::vector<std::thread> threads;
    for (unsigned worker = 0; worker < workers_; ++worker)
      threads.emplace_back([&, worker] {
        for (std::size_t i = worker * grain_; i < job.tasks(); i += workers_ * grain_)
          job.run(i, std::min<std::size_t>(i + grain_, job.tasks()));
      });
    for (auto& thread : threads) thread.join();
  }
 private:
  unsigned workers_;
  std::size_t grain_;
};
FANOUT_EXECUTOR(Threads, .name = "threads_each", .help = "in C++", .family = "mine", .library = "mine 1", .idle = "none",
                .parameters = {{.name = "grain", .standard = "1", .min = "1", .max = "100", .role = "grain"}})
class Odd : public fanout::Workload {
 public:
  explicit Odd(const fanout::Values& values) : shape_(values.text("shape")) {
    if (shape_ == "none") throw std::runtime_error("no odd number has this shape");
  }
  std::size_t tasks() const { return 20; }
  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const {
    for (std::size_t i = first; i < last; ++i) {
      if (shape_ == "thirteen" && i == 13 && weight() != 0) throw std::runtime_error("thirteen is no good");
      deliver(out[i - first], 2 * i + 1 + (shape_ == "changing" && weight() != 0));
    }
  }
 private:
  std::string shape_;
};
FANOUT_WORKLOAD(Odd, .name = "odd", .help = "odd numbers", .waits = true,
                .parameters = {{.name = "shape", .type = "choice", .choices = "plain|none|thirteen|changing"}})
"""


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The flags for a plug-in in C and one in C++."""
    folder = tmp_path_factory.mktemp("plugins")
    source = folder / "pool.cpp"
    source.write_text(POOL)
    return [
        f"--plugin={compiled(GIVEN, folder / 'given.so')}",
        f"--plugin={compiled(source, folder / 'pool.so')}",
    ]


def results(bench: Run, *arguments: str) -> dict[str, Any]:
    ended = bench(*arguments, "--benchmark_format=json")
    assert ended.returncode in (0, 1), ended.stderr
    return dict(json.loads(ended.stdout))


def test_entries_are_listed_with_their_plugin(bench: Run, plugins: list[str]) -> None:
    listed = json.loads(bench(*plugins, "--list=json").stdout)
    entries = {entry["name"]: entry for kind in ("workloads", "executors") for entry in listed[kind]}
    assert {name: Path(entry["plugin"]).name for name, entry in entries.items() if entry["plugin"]} == {
        "forker": "given.so",
        "given": "given.so",
        "odd": "pool.so",
        "threads_each": "pool.so",
    }
    assert entries["odd"]["waits"] and entries["forker"]["kind"] == "processes"
    assert entries["forker"]["library"] == "given.so" and entries["forker"]["family"] == "forker"
    grain = entries["threads_each"]["parameters"][0]
    assert (grain["role"], grain["min"], grain["max"], grain["default"]) == ("grain", 1, 100, "1")
    assert entries["odd"]["parameters"][0]["choices"] == ["plain", "none", "thirteen", "changing"]
    text = bench(*plugins, "--list").stdout
    assert "odd: odd numbers (waits) (from " in text and "--set=threads_each.grain=" in text


def test_cells_are_selected_as_ever(bench: Run, plugins: list[str]) -> None:
    flags = (
        *plugins,
        "--workloads=given,odd",
        "--executors=threads_each",
        "--workers=2",
        "--set=given.tasks=4,5",
    )
    cells = json.loads(bench(*flags, "--set=threads_each.grain=3", "--dry-run=json").stdout)["cells"]
    assert [cell["name"] for cell in cells] == [
        "given/threads_each/workers:2/grain:3/tasks:4",
        "given/threads_each/workers:2/grain:3/tasks:5",
        "odd/threads_each/workers:2/grain:3/shape:plain",
    ]
    assert cells[0]["contender"] == "threads_each@3" and cells[0]["roles"] == {"tasks": 4}
    assert cells[0]["executor_roles"] == {"grain": 3}


def test_its_workloads_run_under_every_executor(bench: Run, plugins: list[str]) -> None:
    found = results(bench, *plugins, "--workloads=given,odd", "--workers=1,2")
    wrong = [failure for failure in found["failures"] if failure["kind"] != "unavailable"]
    assert wrong == []
    names = {entry["name"].split("/")[1] for entry in found["benchmarks"]}
    assert {"serial", "pool", "tbb", "fork_pool", "fork_pipe", "fork_each", "forker", "threads_each"} <= names


def test_its_executors_run_every_workload(bench: Run, plugins: list[str]) -> None:
    short = "disk.tasks=4 http.requests=4 http.latency=1ms math.tasks=8 overhead.tasks=50 sleep.duration=1ms spin.tasks=50"
    settings = [f"--set={setting}" for setting in [*short.split(), "search.tasks=4", "search.size=100000"]]
    found = results(bench, *plugins, "--executors=forker,threads_each", "--workers=2", *settings)
    assert {failure["kind"] for failure in found["failures"]} <= {"unavailable"}, found["failures"]
    # Of forker, what tasks share in the memory of one process is unavailable; of both, tasks that spawn branches.
    refused = {tuple(failure["name"].split("/")[:2]) for failure in found["failures"]}
    assert {cell for cell in refused if cell[1] != "forker"} == {("tree", "threads_each")}
    listed = json.loads(bench(*plugins, "--list=json").stdout)["workloads"]
    assert len(found["benchmarks"]) + len(found["failures"]) == 2 * len(listed)


def test_digests_are_for_peers_too(bench: Run, plugins: list[str]) -> None:
    flags = (*plugins, "--workloads=given,odd", "--executors=serial", "--set=given.tasks=3", "--expected")
    cases = {case["workload"]: case for case in json.loads(bench(*flags).stdout)["cases"]}
    assert cases["given"]["expected"] == ["0", "0", "3", "1", "6", "2"] and cases["given"]["width"] == 2
    assert cases["odd"]["expected"][:3] == ["1", "3", "5"]  # what its tasks say, run one after the other


@pytest.mark.parametrize(
    "executor", ["serial", "pool", "tbb", "openmp_tasks", "fork_pool", "fork_pipe", "threads_each"]
)
@pytest.mark.parametrize(
    ("shape", "kind", "reason"),
    [
        ("none", "build", "no odd number has this shape"),
        ("thirteen", "receipt", "thirteen is no good"),
        ("changing", "receipt", "task 0 was not done exactly once"),
    ],
)
def test_a_failure_has_the_plugins_reason(
    bench: Run, plugins: list[str], executor: str, shape: str, kind: str, reason: str
) -> None:
    flags = ("--workloads=odd", f"--executors={executor}", "--workers=2", f"--set=odd.shape={shape}")
    found = results(bench, *plugins, *flags)
    assert found["benchmarks"] == []
    (failure,) = found["failures"]
    assert failure["kind"] == kind and reason in failure["reason"]


def test_the_headers_need_nothing_of_ours() -> None:
    """Neither a library nor a header of the tree: they are installed alone."""
    for header in INCLUDE.rglob("*.h*"):
        for line in header.read_text().splitlines():
            if line.startswith("#include"):
                assert line.startswith("#include <")
                assert "/" not in line or line.startswith("#include <fanout/plugin.h")


def test_a_program_in_c_can_have_it_too(tmp_path: Path) -> None:
    source = tmp_path / "plain.c"
    source.write_text("#include <fanout/plugin.h>\nint main(void) { return FANOUT_VERSION_MAJOR; }\n")
    strict = ["gcc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{INCLUDE}"]
    subprocess.run([*strict, source, "-o", tmp_path / "plain"], check=True)
    subprocess.run([tmp_path / "plain"], check=True)


def test_a_built_in_task_that_throws_has_its_reason_under_a_plugin(bench: Run, plugins: list[str]) -> None:
    """The exception does not cross the executor, its reason does."""
    slow = ("--set=http.requests=3", "--set=http.latency=2s", "--set=http.timeout=100ms")
    found = results(bench, *plugins, "--workloads=http", "--executors=threads_each", "--workers=2", *slow)
    assert found["benchmarks"] == []
    assert "no complete answer within 100 ms" in found["failures"][0]["reason"]
