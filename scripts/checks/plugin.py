"""What dispatch costs through the door of plug-ins, beside what it costs inside."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path

from scripts.checks.bound import Claim, Times, add_rounds, held, program
from scripts.measuring.catalogue import Cell
from scripts.reports import Report

EXAMPLES = """The same empty tasks from a plug-in and from `overhead`, in turns in one process and under one executor (2 minutes).

exit status: 0 no bound is missed beyond doubt; 1 one is, or a process failed; 2 wrong usage; 130 interrupted"""
BOUND = 1.05
EXECUTORS = "serial pool pool_guided tbb_tasks openmp_dynamic fork_pool".split()
# Each task of it is asked for in libgomp and called from the program. With a plug-in these are three places that lie further
# apart than some CPUs predict branches for: 1 ns a task, and none where all three are mapped near each other.
UNBOUNDED = ("openmp_dynamic",)
TIMING = (
    "--benchmark_min_time=0.005",
    "--benchmark_repetitions=20",
    "--benchmark_enable_random_interleaving=true",
)


def cells(programs: Path) -> list[Cell]:
    """A process an executor, each with one worker: what others do on the other CPUs is not what is asked here."""
    return [
        Cell(executor, "empty", (f"--executor={executor}", *TIMING), programs / "fanout-door")
        for executor in EXECUTORS
    ]


def _ratio(executor: str) -> Callable[[Times], list[float]]:
    door, inside = f"{executor}/loop:door", f"{executor}/loop:inside"
    return lambda times: [ours / theirs for ours, theirs in zip(times[door], times[inside])]


def claims() -> list[Claim]:
    text = "plug-in / built-in, 10,000 empty tasks"
    return [
        Claim(f"{text}, {executor}", _ratio(executor), math.inf if executor in UNBOUNDED else BOUND)
        for executor in EXECUTORS
    ]


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_rounds(parser, 20)


def check(arguments: argparse.Namespace, wake: int, say: Callable[[str], None]) -> Report | None:
    """None where it was interrupted. Raises UsageError and CheckFailed."""
    programs = program(arguments, "fanout-door").parent
    return held("Plug-ins beside what is built in", cells(programs), claims(), arguments, wake, say)
