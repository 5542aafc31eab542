"""What the system refuses, memory and threads, is a failure of its own kind; in real processes under real limits."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts.machine import probes
from scripts.measuring.sample import Outcome, run_benchmark
from tests.conftest import BUILD, ROOT, Run

Json = dict[str, Any]
NOBODY = 54321  # a user of whom there is nothing else: the limit counts all of a user's, and spares root

# Without privileges it is ourselves who are limited; root becomes somebody who has to be let in.
REACHABLE = os.geteuid() != 0 or all(directory.stat().st_mode & 0o001 for directory in (BUILD / "x").parents)
as_nobody = pytest.mark.skipif(
    not REACHABLE, reason="another user cannot enter the directory of this checkout"
)


def little_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))


def few_threads() -> None:
    resource.setrlimit(resource.RLIMIT_NPROC, (3, 3))
    if os.geteuid() == 0:
        os.setresuid(NOBODY, NOBODY, NOBODY)


def only_failure(text: str) -> Json:
    document = json.loads(text)
    assert document["benchmarks"] == []
    (failure,) = document["failures"]
    return dict(failure)


@pytest.mark.parametrize(
    ("executor", "setting", "said"),
    [
        ("serial", "search.size=1000000000", "std::bad_alloc"),
        ("pool", "map.result_bytes=1MiB", "Cannot allocate memory"),
        ("fork_pool", "map.result_bytes=1MiB", "Cannot allocate memory"),
    ],
)
def test_memory_that_is_refused_is_out_of_memory(bench: Run, executor: str, setting: str, said: str) -> None:
    """The heap's, and that which workers share."""
    workload = setting.partition(".")[0]
    flags = (f"--workloads={workload}", f"--executors={executor}", "--workers=2", f"--set={setting}")
    ended = bench(*flags, "--benchmark_format=json", preexec_fn=little_memory)
    assert ended.returncode == 1, ended.stderr
    failure = only_failure(ended.stdout)
    assert failure["kind"] == "memory" and said in failure["reason"], failure


@as_nobody
@pytest.mark.parametrize(
    "executor", ["std_thread", "tbb", "openmp_static", "fork_each", "fork_pool", "fork_pipe"]
)
def test_threads_that_are_refused_are_out_of_threads(bench: Run, executor: str) -> None:
    flags = ("--workloads=sleep", "--set=sleep.duration=1ms", f"--executors={executor}", "--workers=40")
    ended = bench(*flags, "--benchmark_format=json", preexec_fn=few_threads)
    failure = only_failure(ended.stdout)
    assert failure["kind"] == "threads", failure
    assert "Resource temporarily unavailable" in failure["reason"]


CELL = """
import sys; sys.path.insert(0, {root!r})
from tests.peers.conftest import Squares, cell, measured, only_failure
class Hungry(Squares):
    def run(self, task):
        return task * task if not {hungry} else len(bytearray(1 << 40))
print(*only_failure(measured(cell(Hungry, {executor!r}, workers=8))), flush=True)
import os; os._exit(0)  # as fanout_peers.py leaves: libraries wait for workers that they never had
"""


def peer(executor: str, hungry: bool, limit: Callable[[], None] | None = None) -> str:
    """Kind and reason of a cell of Python's that comes into want."""
    code = CELL.format(root=str(ROOT), hungry=hungry, executor=executor)
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, preexec_fn=limit
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.parametrize("executor", ["py_serial", "py_threads", "py_process", "py_pool", "py_process_pool"])
def test_pythons_memory_error_is_out_of_memory(executor: str) -> None:
    assert peer(executor, hungry=True).startswith("memory MemoryError")


@as_nobody
@pytest.mark.parametrize(
    "executor", ["py_threads", "py_thread_pool", "py_process", "py_pool", "py_process_pool"]
)
def test_pythons_refused_threads_and_forks_are_out_of_threads(executor: str) -> None:
    assert peer(executor, hungry=False, limit=few_threads).startswith("threads ")


def test_a_process_that_dies_of_its_own_want_is_out_of_memory() -> None:
    """Before it could write any results."""
    code = "import sys; sys.stderr.write('what():  std::bad_alloc\\n'); sys.stderr.flush(); import os; os.abort()"
    outcome = run_benchmark(Path(sys.executable), ["-S", "-c", code], 60)
    assert outcome.kind == "memory" and "SIGABRT" in outcome.reason


KILLED = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
LOST = """
import json, sys
out = next(word for word in sys.argv if word.startswith("--benchmark_out=")).partition("=")[2]
reason = "fork_pool: process 17 was killed by signal 9 (Killed) during task 3"
failures = [{"name": "a", "kind": "run", "reason": reason}, {"name": "b", "kind": "run", "reason": "broke down"}]
json.dump({"context": {}, "benchmarks": [], "failures": failures}, open(out, "w"))"""


@pytest.mark.parametrize(("kills", "kind"), [(1, "memory"), (0, "crash")])
def test_a_kill_counts_as_want_of_memory_only_where_the_kernel_says_so(
    kills: int, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cgroup cannot be made everywhere, so its counter is faked; the killed process is real."""

    def sample(code: str) -> Outcome:
        counts = iter([(5,), (5 + kills,)])
        real = probes.read()
        monkeypatch.setattr(probes, "read", lambda: replace(real, killed=next(counts)))
        outcome = run_benchmark(Path(sys.executable), ["-S", "-c", code], 60)
        monkeypatch.undo()
        return outcome

    killed = sample(KILLED)
    assert killed.kind == kind and killed.reason.startswith("killed by SIGKILL")
    assert ("memory limit" in killed.reason) == bool(kills)
    lost = [failure["kind"] for failure in sample(LOST).failures]
    assert lost == (["memory", "run"] if kills else ["run", "run"])
