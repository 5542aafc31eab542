"""What forks and joins cost: the pool beside oneTBB's task_group, OpenMP's tasks and a plain recursion."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from scripts.checks.bound import Claim, Times, add_rounds, held, program
from scripts.measuring.catalogue import Cell
from scripts.reports import Report

EXAMPLES = """fib(30) and an unbalanced tree of a million nodes, every call a branch, in processes that take turns (5 minutes).

exit status: 0 no bound is missed beyond doubt; 1 one is, or a process failed; 2 wrong usage; 130 interrupted"""
KINDS = {"fib": "fib(30)", "uts": "UTS, a million nodes"}
OTHERS = ("tbb_tasks", "openmp_tasks")
WORKERS = (1, 2)
PLAIN = "plain"  # the serial loop, with a cutoff beyond which nothing is spawned: at the root
TIMING = ("--warmup=0.12", "--benchmark_min_time=0.1", "--benchmark_repetitions=3")


def _cell(programs: Path, label: str, kind: str, executor: str, workers: int, *settings: str) -> Cell:
    which = ("--workloads=tree", f"--executors={executor}", f"--workers={workers}")
    chosen = (f"--set=tree.{setting}" for setting in (f"kind={kind}", *settings))
    return Cell(label, kind, (*which, *chosen, *TIMING), programs / "fanout-bench")


def cells(programs: Path) -> list[Cell]:
    found = []
    for kind in KINDS:
        for workers in WORKERS:
            for executor in ("pool", *OTHERS):
                found.append(_cell(programs, f"{kind} {executor} {workers}", kind, executor, workers))
        found.append(_cell(programs, f"{kind} serial", kind, "serial", 1))
        found.append(_cell(programs, f"{kind} {PLAIN}", kind, "serial", 1, "cutoff=100"))
    return found


def _ratio(over: str, under: str) -> Callable[[Times], list[float]]:
    return lambda times: [ours / theirs for ours, theirs in zip(times[over], times[under])]


def claims() -> list[Claim]:
    found = []
    for kind, text in KINDS.items():
        for other in OTHERS:
            for workers in WORKERS:
                figure = _ratio(f"{kind} pool {workers}", f"{kind} {other} {workers}")
                title = f"pool / {other}, {text}, workers: {workers}"
                found.append(Claim(title, figure, 0.3) if workers > 1 else Claim(title, figure))
        plain = f"{kind} {PLAIN}"
        found.append(
            Claim(f"pool on one worker / plain recursion, {text}", _ratio(f"{kind} pool 1", plain), 15)
        )
        found.append(Claim(f"serial branches / plain recursion, {text}", _ratio(f"{kind} serial", plain)))
        found.append(Claim(f"pool, speedup of 2 workers, {text}", _ratio(f"{kind} pool 1", f"{kind} pool 2")))
    return found


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_rounds(parser, 10)


def check(arguments: argparse.Namespace, wake: int, say: Callable[[str], None]) -> Report | None:
    """None where it was interrupted. Raises UsageError and CheckFailed."""
    programs = program(arguments).parent
    return held("Trees, by fork and join", cells(programs), claims(), arguments, wake, say)
