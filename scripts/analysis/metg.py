"""METG(50 %): the smallest task that an executor still runs at half efficiency."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import pandas as pd

from scripts.analysis.interval import Interval, median_interval
from scripts.analysis.scaling import rounds
from scripts.analysis.table import SECONDS
from scripts.analysis.text import duration

_DURATION = re.compile(r"/duration:([0-9.]+)(ns|us|ms|s)(?=/|$)")

Curve = list[tuple[float, float]]  # (duration of a task in seconds, efficiency), ascending


@dataclass(frozen=True)
class Metg:
    """The duration of a task, in seconds, at which efficiency crosses the threshold; `sweep` is the case
    without it.

    `seconds` is None where some round does not bracket the crossing; `state` then says on which side the
    sweep ends.
    """

    file: int
    sweep: str
    executor: str
    workers: int
    seconds: Interval | None
    state: str


def metg(table: pd.DataFrame, threshold: float = 0.5, workload: str = "spin") -> list[Metg]:
    """METG by file, sweep, executor and workers, from the cases of `workload` that differ in `duration`
    alone.

    Efficiency is serial time / (workers x time), of the same case and round. In each round the crossing is
    placed between the longest duration below the threshold and the next longer one, on log-log axes; then
    median and interval over the rounds. A single duration is no sweep and gives nothing.
    Source: E. Slaughter et al., Task Bench: A Parameterized Benchmark for Evaluating Parallel Runtime
    Performance, SC20, section IV. Their granularity (wall time x workers / tasks) is this duration /
    threshold.
    """
    curves: dict[tuple[int, str, str, int], dict[int, Curve]] = {}
    for (file, case), block in table[table["workload"] == workload].groupby(["file", "case"]):
        match = _DURATION.search(case)
        if match is None:
            continue
        sweep = case.replace(match.group(), "", 1)
        task = float(match.group(1)) * SECONDS[match.group(2)]
        serial = rounds(block, "serial", 1)["real"]
        for executor, workers in set(zip(block["executor"], block["workers"])) - {("serial", 1)}:
            own = rounds(block, executor, workers)["real"]
            curve = curves.setdefault((file, sweep, executor, workers), {})
            for number in serial.index.intersection(own.index):
                efficiency = float(serial[number] / own[number]) / workers
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
        return Metg(*key, None, f"not bracketed: efficient down to {duration(min(tasks))}")
    if math.inf in crossings:
        return Metg(*key, None, f"not bracketed: inefficient up to {duration(max(tasks))}")
    return Metg(*key, median_interval(crossings), "bracketed")
