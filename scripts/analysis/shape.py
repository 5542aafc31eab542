"""What a change did to a sweep of worker counts: to all of them alike (level), or to how it scales (shape)."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scripts.analysis.duel import Duel, at_look
from scripts.analysis.text import change
from scripts.analysis.verdict import Verdict


@dataclass(frozen=True)
class Sweep:
    """A sweep's two verdicts, and each side's efficiency by workers, over its own fewest workers (which has 1).

    Level is the geometric mean of the ratios; shape is the ratio of ratios between the most workers and the
    fewest along the fitted line, above 1 where NEW scales worse.
    """

    level_verdict: Verdict
    shape_verdict: Verdict
    efficiency_base: Mapping[int, float]
    efficiency_new: Mapping[int, float]

    @property
    def words(self) -> str:
        """level +0.4 %, shape: efficiency at 8 workers 71 % -> 63 %"""
        most = max(self.efficiency_base)
        before, after = (100 * side[most] for side in (self.efficiency_base, self.efficiency_new))
        level = change(self.level_verdict.ratio.estimate) if self.level_verdict.ratio else "unknown"
        return f"level {level}, shape: efficiency at {most} workers {before:.0f} % -> {after:.0f} %"


def sweep(duels: Mapping[int, Duel], error: float, margin: float, look: int | None = None) -> Sweep:
    """The sweep of these duels by worker count (two or more), over the first `look` rounds (all); the two
    verdicts share the error."""
    level, shape = levels(duels), shapes(duels)
    rounds = level.rounds[:look]
    return Sweep(
        at_look(level, len(rounds), error / 2, margin),
        at_look(shape, len(rounds), error / 2, margin),
        _efficiency({workers: duel.base for workers, duel in duels.items()}, rounds),
        _efficiency({workers: duel.new for workers, duel in duels.items()}, rounds),
    )


def levels(duels: Mapping[int, Duel]) -> Duel:
    """A duel whose ratio, round by round, is the geometric mean of the ratios at all worker counts."""
    return _combined(duels, np.full(len(duels), 1 / len(duels)))


def shapes(duels: Mapping[int, Duel]) -> Duel:
    """A duel whose ratio, round by round, is what the ratio grows by from the fewest workers to the most.

    The slope of the log ratio over log2(workers), by least squares, times the sweep's length: so a margin means
    the whole sweep, however many counts it has. A change alike at all counts has slope 0. Raises ValueError for
    a single count.
    """
    if len(duels) < 2:
        raise ValueError("a shape needs two worker counts")
    axis = np.log2(sorted(duels))
    apart = axis - axis.mean()
    return _combined(duels, apart / (apart @ apart) * (axis[-1] - axis[0]))


def _combined(duels: Mapping[int, Duel], weights: Any) -> Duel:
    """The weighted sum of the log ratios at the worker counts, ascending, as a ratio to 1, in each round that all
    have."""
    ordered = [duels[workers] for workers in sorted(duels)]
    common = sorted(set.intersection(*(set(duel.rounds) for duel in ordered)))

    def over(sides: Sequence[Mapping[int, float]]) -> dict[int, float]:
        ratios = [[side[r] / duel.base[r] for r in common] for side, duel in zip(sides, ordered)]
        return dict(zip(common, np.exp(weights @ np.log(ratios)).tolist()))

    return Duel(
        dict.fromkeys(common, 1.0),
        over([duel.new for duel in ordered]),
        over([duel.control for duel in ordered]),
    )


def _efficiency(times: Mapping[int, Mapping[int, float]], rounds: Sequence[int]) -> dict[int, float]:
    """By workers, the median over the rounds of fewest x its time / (workers x time)."""
    fewest = min(times)
    return {
        workers: statistics.median(fewest * times[fewest][r] / (workers * mine[r]) for r in rounds)
        for workers, mine in sorted(times.items())
    }
