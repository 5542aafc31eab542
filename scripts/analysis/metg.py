"""METG(50 %): the smallest task that an executor still runs at half efficiency."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from scripts.analysis.interval import Interval, median_interval
from scripts.analysis.scaling import rounds, serial

Curve = list[tuple[float, float]]  # (duration of a task in seconds, efficiency), ascending


@dataclass(frozen=True)
class Metg:
    """The duration of a task, in seconds, at which efficiency crosses the threshold; `sweep` is the case
    without it.

    `seconds` is None where some round does not bracket the crossing: then the sweep is efficient down to its
    shortest task, or inefficient up to its longest, which is `end`.
    """

    file: int
    sweep: str
    contender: str
    workers: int
    seconds: Interval | None
    state: Literal["bracketed", "efficient", "inefficient"]
    end: float = math.nan


def metg(table: pd.DataFrame, threshold: float = 0.5) -> list[Metg]:
    """METG by file, sweep, contender and workers, from the cases that differ in how long a task computes alone.

    Efficiency is serial time / (workers x time), of the same case and round. In each round the crossing is
    placed between the longest duration below the threshold and the next longer one, on log-log axes; then
    median and interval over the rounds. A single duration is no sweep and gives nothing.
    Source: E. Slaughter et al., Task Bench: A Parameterized Benchmark for Evaluating Parallel Runtime
    Performance, SC20, section IV. Their granularity (wall time x workers / tasks) is this duration /
    threshold.
    """
    curves: dict[tuple[int, str, str, int], dict[int, Curve]] = {}
    for (file, sweep, task, _), block in table.groupby(["file", "sweep", "duration", "case"]):
        base = serial(block)["real"]
        competitors = block[~block["baseline"]]
        for contender, workers in set(zip(competitors["contender"], competitors["workers"])):
            own = rounds(block, contender, workers)["real"]
            curve = curves.setdefault((file, sweep, contender, workers), {})
            for number in base.index.intersection(own.index):
                efficiency = float(base[number] / own[number]) / workers
                curve.setdefault(int(number), []).append((task, efficiency))
    return [
        _over_rounds(key, [sorted(curve) for curve in by_round.values()], threshold)
        for key, by_round in sorted(curves.items())
        if any(len(curve) > 1 for curve in by_round.values())
    ]


def crossing(curve: Curve, threshold: float) -> float:
    """Where the curve last rises through the threshold; 0 if all of it lies above, infinity if it ends
    below."""
    below = [index for index, (_, efficiency) in enumerate(curve) if efficiency < threshold]
    if not below:
        return 0.0
    if below[-1] == len(curve) - 1:
        return math.inf
    (x0, y0), (x1, y1) = curve[below[-1]], curve[below[-1] + 1]
    share = math.log(threshold / y0) / math.log(y1 / y0)
    return float(x0 * (x1 / x0) ** share)


def _over_rounds(key: tuple[int, str, str, int], curves: list[Curve], threshold: float) -> Metg:
    crossings = [crossing(curve, threshold) for curve in curves]
    tasks = [task for curve in curves for task, _ in curve]
    if 0.0 in crossings:
        return Metg(*key, None, "efficient", min(tasks))
    if math.inf in crossings:
        return Metg(*key, None, "inefficient", max(tasks))
    return Metg(*key, median_interval(crossings), "bracketed")
