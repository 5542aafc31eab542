"""How efficient each executor is over the size of its tasks, and by how much the user's would have to be batched."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from scripts.analysis.answers.answer import ENOUGH
from scripts.analysis.comparable import effective_cpus
from scripts.analysis.interval import Interval, median_interval
from scripts.analysis.metg import Metg, crossing
from scripts.analysis.scaling import rounds, serial
from scripts.analysis.table import Results

HALF, MOST = 0.5, 0.95  # the efficiencies that METG is told of


@dataclass(frozen=True)
class Point:
    """One size of tasks. Times are in seconds."""

    size: float  # that was asked for
    alone: float  # of a task in the serial loop, as measured
    granularity: float  # time x CPUs / tasks
    efficiency: Interval  # serial time / (time x CPUs), of the rounds


def _size(point: Point) -> float:
    return point.size


@dataclass(frozen=True)
class Curve:
    """A contender with one number of workers, over the sizes, shortest first. `half` and `most` are granularities."""

    file: int
    sweep: str
    contender: str
    family: str
    workers: int
    cpus: float  # that so many workers can use
    tasks: int
    points: tuple[Point, ...]
    half: Metg
    most: Metg

    @property
    def certain(self) -> bool:
        """Whether there are rounds enough for an interval."""
        return min(point.efficiency.samples for point in self.points) >= ENOUGH

    def place(self, task: float) -> Literal["above", "below", "open", "outside"]:
        """Whether tasks that compute for so many seconds alone are above MOST; open where chance does not allow to
        tell, outside where they are shorter or longer than what was measured."""
        shorter, longer = task * (1 - 1e-9), task * (1 + 1e-9)  # sizes went through text
        if longer < self.points[0].size or self.points[-1].size < shorter:
            return "outside"
        if not self.certain:
            return "open"
        if self.most.seconds is None:  # the nearest size on the side that is worse for the claim
            if self.most.state == "efficient":
                near = max((point for point in self.points if point.size <= longer), key=_size)
                return "above" if near.efficiency.low >= MOST else "open"
            near = min((point for point in self.points if point.size >= shorter), key=_size)
            return "below" if near.efficiency.high < MOST else "open"
        alone = self.most.seconds.scaled(MOST)
        return "above" if alone.high <= task else "below" if alone.low > task else "open"

    def batch(self, task: float) -> int | None:
        """How many such tasks together are long enough; None where none that was measured is."""
        return math.ceil(self.most.seconds.median / task - 1e-9) if self.most.seconds else None


def curves(results: Results) -> list[Curve]:
    """By file, sweep, workers and contender, of every case in a sweep of sizes; a single size gives nothing.

    Efficiency and granularity count the CPUs that the workers can use, min(workers, effective CPUs): more workers
    than these cannot be faster. At an efficiency e the granularity is the serial loop's time of a task over e.
    Source: E. Slaughter et al., Task Bench: A Parameterized Benchmark for Evaluating Parallel Runtime Performance,
    SC20, section IV.
    """
    found: dict[tuple[int, str, int, str], list[tuple[Point, dict[int, float]]]] = {}
    about: dict[tuple[int, str, int, str], tuple[str, float, int]] = {}
    for (file, sweep, size), block in results.table.groupby(["file", "sweep", "duration"]):
        base = serial(block)["real"]
        limit = effective_cpus(results.contexts[file]) or math.inf
        others = block[~block["baseline"]].drop_duplicates(["contender", "workers"])
        for contender, workers, family, tasks in zip(
            *(others[name] for name in ("contender", "workers", "family", "tasks"))
        ):
            own, cpus = rounds(block, contender, workers)["real"], min(workers, limit)
            shared = [number for number in base.index if number in own.index]
            if not shared or not tasks:
                continue
            efficiency = {number: float(base[number] / own[number] / cpus) for number in shared}
            each = Point(
                float(size),
                float(base.median()) / tasks,
                float(own.median()) * cpus / tasks,
                median_interval(efficiency.values()),
            )
            key = (int(file), sweep, int(workers), contender)
            found.setdefault(key, []).append((each, efficiency))
            about[key] = family, float(cpus), int(tasks)
    return [_curve(key, *about[key], found[key]) for key in sorted(found) if len(found[key]) > 1]


def _curve(
    key: tuple[int, str, int, str],
    family: str,
    cpus: float,
    tasks: int,
    found: Sequence[tuple[Point, dict[int, float]]],
) -> Curve:
    file, sweep, workers, contender = key
    points = tuple(point for point, _ in found)
    efficiencies = {point.alone: by_round for point, by_round in found}
    sizes = {point.alone: point.size for point in points}

    def metg(threshold: float) -> Metg:
        seconds, state, end = crossing(efficiencies, threshold)
        granularity = seconds.scaled(1 / threshold) if seconds else None
        return Metg(file, sweep, contender, workers, granularity, state, sizes.get(end, end))

    return Curve(file, sweep, contender, family, workers, cpus, tasks, points, metg(HALF), metg(MOST))


def by_panel(found: Iterable[Curve]) -> dict[tuple[int, str, int], list[Curve]]:
    """The curves by file, sweep and workers, which are what can be compared."""
    panels: dict[tuple[int, str, int], list[Curve]] = {}
    for curve in found:
        panels.setdefault((curve.file, curve.sweep, curve.workers), []).append(curve)
    return panels
