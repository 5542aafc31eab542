"""METG(50 %): the smallest task that an executor still runs at half efficiency."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from scripts.analysis.interval import SEED, Interval, bootstrap_interval, redrawn
from scripts.analysis.scaling import rounds, serial

if TYPE_CHECKING:
    import pandas as pd

Efficiencies = Mapping[float, Mapping[int, float]]  # by the duration of a task in seconds, and round


@dataclass(frozen=True)
class Metg:
    """The duration of a task, in seconds, at which efficiency crosses the threshold; `sweep` is the case
    without it.

    `seconds` is None where the sweep does not bracket the crossing: then it is efficient down to its shortest
    task, or inefficient up to its longest, which is `end`.
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

    Efficiency is serial time / (workers x time), of the same case and round. A single duration is no sweep and gives
    nothing.
    Source: E. Slaughter et al., Task Bench: A Parameterized Benchmark for Evaluating Parallel Runtime
    Performance, SC20, section IV. Their granularity (wall time x workers / tasks) is this duration /
    threshold.
    """
    curves: dict[tuple[int, str, str, int], dict[float, dict[int, float]]] = {}
    for (file, sweep, task, _), block in table.groupby(["file", "sweep", "duration", "case"]):
        base = serial(block)["real"]
        competitors = block[~block["baseline"]]
        for contender, workers in set(zip(competitors["contender"], competitors["workers"])):
            own = rounds(block, contender, workers)["real"]
            both = base.index.intersection(own.index)
            if len(both):
                curve = curves.setdefault((int(file), sweep, contender, workers), {})
                curve[task] = {int(number): float(base[number] / own[number]) / workers for number in both}
    return [
        Metg(*key, *crossing(curve, threshold)) for key, curve in sorted(curves.items()) if len(curve) > 1
    ]


def crossing(
    curve: Efficiencies, threshold: float
) -> tuple[Interval | None, Literal["bracketed", "efficient", "inefficient"], float]:
    """Where the efficiency, the median of the rounds at each duration, last rises through the threshold.

    In between, 1 / efficiency is linear in 1 / duration, as it is where each task costs a constant more. The interval
    has nominal 95 %, from the rounds drawn again; it ends where the sweep does. So one round that was disturbed moves
    nothing, and no round has to bracket the crossing alone.
    """
    tasks = np.array(sorted(curve))
    numbers = sorted(set().union(*(curve[task] for task in tasks)))
    every = np.array([[curve[task].get(number, math.nan) for task in tasks] for number in numbers])
    middle = np.nanmedian(every, axis=0)
    found = float(_crossings(tasks, middle[None, :], threshold)[0])
    if found == 0:
        return None, "efficient", float(tasks[0])
    if math.isinf(found):
        return None, "inefficient", float(tasks[-1])
    drawn = every[redrawn(np.random.default_rng(SEED), len(numbers))]
    missing = np.isnan(drawn).all(axis=1)  # a duration that has no sample in any round of the draw
    medians = np.nanmedian(np.where(missing[:, None, :], middle, drawn), axis=1)
    crossings = np.clip(_crossings(tasks, medians, threshold), tasks[0], tasks[-1])
    return bootstrap_interval(crossings, min(map(len, curve.values()))), "bracketed", math.nan


def _crossings(tasks: Any, curves: Any, threshold: float) -> Any:
    """Of curves of efficiencies, one a row: 0 if all of it lies above the threshold, infinity if it ends below."""
    below = curves < threshold
    last = len(tasks) - 1 - np.argmax(below[:, ::-1], axis=1)
    left = np.minimum(last, len(tasks) - 2)
    rows = np.arange(len(curves))
    x0, x1 = 1 / tasks[left], 1 / tasks[left + 1]
    y0, y1 = 1 / curves[rows, left], 1 / curves[rows, left + 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        between = 1 / (x0 + (1 / threshold - y0) / (y1 - y0) * (x1 - x0))
    return np.where(~below.any(axis=1), 0.0, np.where(below[:, -1], math.inf, between))
