"""Figures by round, and the bounds that they are claimed to keep."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from scripts.analysis.interval import Interval, median_interval, process_time
from scripts.checks import CheckFailed
from scripts.measuring.catalogue import Cell
from scripts.measuring.flags import positive
from scripts.measuring.sample import Outcome, seconds
from scripts.measuring.schedule import Runner, Turn
from scripts.measuring.usage import UsageError
from scripts.reports import Column, Report, Table, Text

FEWEST = 5  # rounds, for intervals that mean something
LIMIT = 120.0  # seconds for a process
LOOP = re.compile(r"/loop:\w+")  # by which the benchmarks of one process differ, where it has several
Times = dict[str, list[float]]  # seconds by label, in the order of the rounds


@dataclass(frozen=True)
class Claim:
    """A figure by round, and the bound that it must keep; infinite where it is only to be known."""

    text: str
    figure: Callable[[Times], list[float]]
    bound: float = math.inf
    unit: str = "x"
    at_least: bool = False

    def verdict(self, interval: Interval) -> str:
        """Missed where the bound lies beyond the whole interval, kept where all of it lies within."""
        if math.isinf(self.bound):
            return ""
        ends = (interval.low, interval.high)
        within = [end >= self.bound if self.at_least else end <= self.bound for end in ends]
        return "kept" if all(within) else "unclear" if any(within) else "missed"


class Judged(NamedTuple):
    claim: Claim
    interval: Interval


def judge(times: Times, claims: Sequence[Claim]) -> list[Judged]:
    return [Judged(claim, median_interval(claim.figure(times))) for claim in claims]


def row(judged: Judged) -> list[str]:
    """The claim, the figure with its interval, the bound, and whether it holds."""
    claim, interval = judged.claim, judged.interval
    figure = f"{interval.median:.3g} [{interval.low:.3g}, {interval.high:.3g}] {claim.unit}"
    bound = "none" if math.isinf(claim.bound) else f"{'>=' if claim.at_least else '<='} {claim.bound:g}"
    return [claim.text, figure, bound, claim.verdict(interval)]


def report(title: str, found: Sequence[Judged], rounds: int) -> Report:
    """Its status is 1 where a bound is missed."""
    rows = list(map(row, found))
    headings = ("claim", "figure", "bound", "verdict")
    claims = [dict(zip(headings, cells)) | asdict(one.interval) for cells, one in zip(rows, found)]
    table = Table(list(map(Column, ("claim", "median [interval]", *headings[2:]))), rows)
    note = Text(f"{rounds} rounds; an interval covers the median with {found[0].interval.coverage:.1%}")
    data = {"rounds": rounds, "claims": claims}
    missed = any(cells[-1] == "missed" for cells in rows)
    return Report(title, [table], lambda: data, note, status=int(missed))


def add_rounds(parser: argparse.ArgumentParser, default: int) -> None:
    parser.add_argument(
        "--rounds", metavar="N", type=positive(int), default=default, help="(default: %(default)s)"
    )


def program(arguments: argparse.Namespace, name: str = "") -> Path:
    """The binary, or what has that name beside it. Raises UsageError where it is not there, or rounds are too few."""
    path: Path = arguments.bench.resolve()
    path = path.with_name(name) if name else path
    if not path.is_file():
        raise UsageError(f"--bench: no binary at {path}")
    if arguments.rounds < FEWEST:
        raise UsageError(f"--rounds={arguments.rounds}: {FEWEST} or more, for intervals that mean something")
    return path


def held(
    title: str,
    cells: Sequence[Cell],
    claims: Sequence[Claim],
    arguments: argparse.Namespace,
    wake: int,
    say: Callable[[str], None],
) -> Report | None:
    """The claims, on samples of all cells in every round. None where it was interrupted. Raises CheckFailed."""
    times = measure(cells, arguments.rounds, arguments.seed, wake, say)
    return None if times is None else report(title, judge(times, claims), arguments.rounds)


def measure(
    cells: Sequence[Cell], rounds: int, seed: int, wake: int, say: Callable[[str], None]
) -> Times | None:
    """Times of all cells. None where it was interrupted. Raises CheckFailed."""
    times: Times = {}

    def take(turn: Turn, outcome: Outcome) -> None:
        for label, time in labelled(turn.cell.name, outcome).items():
            times.setdefault(label, []).append(time)

    runner = Runner(cells, seed, LIMIT, wake=wake)
    whole = runner.rounds(rounds, take, lambda number: say(f"round {number + 1} of {rounds}"))
    return times if whole else None


def labelled(label: str, outcome: Outcome) -> dict[str, float]:
    """The times of a process by label: one for each of its benchmarks. Raises CheckFailed without any."""
    entries = outcome.entries()
    if not entries:
        why = outcome.reason or "; ".join(str(failure["reason"]) for failure in outcome.failures)
        raise CheckFailed(f"{label}: {why or 'no result'}")
    loops = dict.fromkeys("".join(LOOP.findall(entry["name"])) for entry in entries)
    return {
        label + loop: process_time(seconds(e for e in entries if "".join(LOOP.findall(e["name"])) == loop))
        for loop in loops
    }
