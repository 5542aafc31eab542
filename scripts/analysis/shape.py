"""What a change did to a sweep of worker counts: to all of them alike (level), or to how it scales (shape).

Level is the geometric mean of the ratios; shape is the ratio of ratios between the most workers and the fewest along
the fitted line, above 1 where NEW scales worse.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from scripts.analysis.duel import ARMS, Duel


def efficiencies(duels: Mapping[int, Duel]) -> tuple[Mapping[int, float], Mapping[int, float]]:
    """Of BASE and of NEW, by workers: over the own fewest workers, which have 1."""
    rounds = levels(duels).rounds
    base, new = (
        _efficiency({workers: getattr(duel, side) for workers, duel in duels.items()}, rounds)
        for side in ("base", "new")
    )
    return base, new


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
    """Of each arm, the weighted geometric mean of its times at the worker counts, ascending, in each round that all
    have."""
    ordered = [duels[workers] for workers in sorted(duels)]
    common = sorted(set.intersection(*(set(duel.rounds) for duel in ordered)))

    def over(sides: Sequence[Mapping[int, float]]) -> dict[int, float]:
        logs = np.log([[side[r] for r in common] for side in sides])
        return dict(zip(common, np.exp(weights @ logs).tolist()))

    return Duel(*(over([getattr(duel, arm) for duel in ordered]) for arm in ARMS))


def _efficiency(times: Mapping[int, Mapping[int, float]], rounds: Sequence[int]) -> dict[int, float]:
    """By workers, the median over the rounds of fewest x its time / (workers x time)."""
    fewest = min(times)
    return {
        workers: statistics.median(fewest * times[fewest][r] / (workers * mine[r]) for r in rounds)
        for workers, mine in sorted(times.items())
    }
