"""What the tests of Python's peers share: cells made by hand, and the peers' program."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.peers import registry
from benchmarks.peers.executor import Executor
from benchmarks.peers.measure import Measuring, measure
from benchmarks.peers.report import Report
from benchmarks.peers.selection import Cell, select
from benchmarks.peers.workload import Case, Workload
from tests.conftest import BUILD, ROOT

PROGRAM = ROOT / "benchmarks/peers/fanout_peers.py"
BINARY = BUILD / "fanout-bench"
SHORT = Measuring(warmup=0.0, min_time=0.001)
TINY = (
    "--set=http.requests=6",
    "--set=http.latency=1ms",
    "--set=http.size=1KiB",
    "--set=math.tasks=8",
    "--set=math.size=20",
    "--set=overhead.tasks=8",
    "--set=search.tasks=8",
    "--set=search.size=5000",
    "--set=sleep.tasks=8",
    "--set=sleep.duration=1ms",
)
WORKLOADS = "--workloads=http,math,overhead,search,sleep"

Json = dict[str, Any]
Peers = Callable[..., "subprocess.CompletedProcess[str]"]


class Squares(Workload):
    """Tasks of a line; subclasses have what is to go wrong."""

    def run(self, task: int) -> Any:
        return task * task


def case(tasks: int = 8) -> Case:
    return Case("squares/tasks:8", "squares", 1, tasks, 1, {}, [task * task for task in range(tasks)])


def cell(
    workload: type[Workload], executor: str | type[Executor], workers: int = 2, of: Case | None = None
) -> Cell:
    if isinstance(executor, str):
        kind, name = registry.executor(executor), executor
    else:
        kind, name = executor, "py_broken"
    return Cell(of or case(), workload, kind, name, 1 if kind.alone else workers)


def measured(asked: Cell, measuring: Measuring = SHORT) -> Report:
    report = Report()
    measure(asked, measuring, report)
    return report


def only_failure(report: Report) -> tuple[str, str]:
    """Kind and reason of the one failure, which has no result beside it."""
    assert report.entries == []
    (failure,) = report.failures
    return failure["kind"], failure["reason"]


def case_of(workload: str, *flags: str) -> Case:
    """The one case that the binary makes of these flags."""
    (cell,) = select(BINARY, executors=["py_serial"], workloads=[workload], flags=flags).cells
    return cell.case


def cases(*arguments: str) -> list[Json]:
    """The binary's description of cases."""
    answer = subprocess.run([BINARY, "--expected", *arguments], capture_output=True, check=True, timeout=60)
    found: list[Json] = json.loads(answer.stdout)["cases"]
    return found


@pytest.fixture
def peers() -> Peers:
    """Runs the peers' program to its end, with short measurements, and returns its output."""

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=120)

    return run


def command(*arguments: str | Path) -> list[str | Path]:
    short = ("--benchmark_min_time=0.001", "--warmup=0", f"--bench={BINARY}")
    return [sys.executable, "-S", PROGRAM, *short, *arguments]
