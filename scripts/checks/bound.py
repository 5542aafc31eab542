"""Figures by round, and the bounds that they are claimed to keep."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

from scripts.analysis.interval import Interval, median_interval
from scripts.reports import Column, Report, Table, Text

FEWEST = 5  # rounds, for intervals that mean something
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
