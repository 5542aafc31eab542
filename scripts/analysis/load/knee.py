"""The knee: the highest rate at which a percentile of the latency keeps a limit, by bisection.

A pure function of the samples so far: the search asks it for the next rate, reports and charts ask it again for the result.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import takewhile
from statistics import median
from typing import Any, Literal

from scripts.analysis.interval import Interval
from scripts.analysis.load.histogram import percentiles
from scripts.analysis.load.latency import Latency
from scripts.analysis.load.slo import Slo

WITHIN = 1.05  # from the highest rate that keeps the limit to the lowest that does not
FEWEST, MOST = 3, 6  # rounds at one rate
OCTAVES = 10  # that the search goes up or down, at most

State = Literal["searching", "found", "above", "below", "unknown"]


@dataclass(frozen=True)
class Step:
    """What the rounds at one rate show. Dropped requests take for ever."""

    rate: float
    percentile: Interval | None  # None where too few requests lie beyond it
    side: Literal["keeps", "misses", "open"]  # by the whole interval
    rounds: int


@dataclass(frozen=True)
class Knee:
    """`rate` is where the percentile crosses the limit, `low` and `high` where the upper and the lower ends of its intervals do;
    0 and infinity where they do not. "above": it is kept wherever it was tried; "below": nowhere."""

    state: State
    next: float | None  # the rate of which another round is needed
    rate: float | None
    low: float
    high: float
    steps: tuple[Step, ...]

    def as_json(self) -> dict[str, Any]:
        found = asdict(self)
        found["high"] = self.high if math.isfinite(self.high) else None
        for step in found["steps"]:
            one = step["percentile"]
            step["percentile"] = one and {
                key: value if math.isfinite(value) else None for key, value in one.items()
            }
        return found


def step(rate: float, parts: Sequence[Latency], slo: Slo) -> Step:
    lost = [one.latency.lost(one.undone) for one in parts]
    found = percentiles(lost, [slo.share])[slo.share]
    side: Literal["keeps", "misses", "open"] = "open"
    if found and len(parts) >= FEWEST:
        side = "keeps" if found.high <= slo.seconds else "misses" if found.low > slo.seconds else "open"
    return Step(rate, found, side, len(parts))


def rounded(rate: float) -> float:
    """To four digits: a rate that people can ask for again."""
    return float(f"{rate:.4g}")


def knees(found: Iterable[Latency], slo: Slo) -> dict[str, Knee]:
    """By cell, of those that were measured in the closed loop: half of its throughput is where the search starts."""
    cells: dict[str, dict[float, list[Latency]]] = {}
    for one in found:
        cells.setdefault(one.cell, {}).setdefault(one.rate or 0.0, []).append(one)
    return {
        name: search(
            median(one.throughput for one in by_rate[0.0]) / 2,
            {rate: step(rate, parts, slo) for rate, parts in by_rate.items() if rate},
            slo,
        )
        for name, by_rate in cells.items()
        if 0.0 in by_rate
    }


def search(start: float, steps: Mapping[float, Step], slo: Slo) -> Knee:
    """Where the steps so far lead: up or down by octaves until there is one on either side, then in the middle of their
    logarithms. A rate that MOST rounds have not decided goes to the side of its estimate, and bounds nothing.
    """
    rate, low, high = rounded(start), 0.0, math.inf
    taken: list[Step] = []

    def end(state: State, following: float | None = None) -> Knee:
        found = _between(steps[low], steps[high], slo, "median") if state == "found" else None
        ordered = sorted(taken, key=lambda one: one.rate)
        ends = _low(ordered, slo), _high(ordered, slo)
        if found:
            ends = min(found, ends[0]), max(found, ends[1])
        return Knee(state, following, found, *ends, tuple(taken))

    while True:
        at = steps.get(rate)
        if at is None or at.side == "open" and at.rounds < MOST:
            return end("searching", rate)
        taken.append(at)
        if at.percentile is None:
            return end("unknown")
        if at.percentile.median <= slo.seconds:
            low = rate
        else:
            high = rate
        if math.isinf(high):
            rate = rounded(2 * low)
        elif low == 0:
            rate = rounded(high / 2)
        elif high / low <= WITHIN:
            return end("found")
        else:
            rate = rounded(math.sqrt(low * high))
        if len(taken) > OCTAVES and (low == 0 or math.isinf(high)):
            return end("below" if low == 0 else "above")


def _low(steps: Sequence[Step], slo: Slo) -> float:
    """Up to which rate the limit is kept beyond doubt."""
    sure = list(takewhile(lambda one: one.side == "keeps", steps))
    if not sure:
        return 0.0
    return _between(sure[-1], steps[len(sure)], slo, "high") if len(sure) < len(steps) else sure[-1].rate


def _high(steps: Sequence[Step], slo: Slo) -> float:
    """From which rate on it is missed beyond doubt."""
    sure = list(takewhile(lambda one: one.side == "misses", reversed(steps)))
    if not sure:
        return math.inf
    return _between(steps[-len(sure) - 1], sure[-1], slo, "low") if len(sure) < len(steps) else sure[-1].rate


def _between(low: Step, high: Step, slo: Slo, end: str) -> float:
    """Where the percentile, or an end of its interval, crosses the limit, on a straight line of logarithms."""
    below, above = (float(getattr(one.percentile, end)) for one in (low, high))
    if math.isinf(above) or not 0 < below < above:
        return math.sqrt(low.rate * high.rate)
    part = math.log(slo.seconds / below) / math.log(above / below)
    return low.rate * math.pow(high.rate / low.rate, min(1.0, max(0.0, part)))
