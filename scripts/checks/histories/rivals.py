"""What others do with the same medians: fixed thresholds, and change points in windows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

THRESHOLD = 0.10
WINDOW, FEWEST, P_VALUE = 50, 3, 0.001  # commits; on either side of a split; of Student's t test
NEAR = 5  # commits: a point as near to one that was told is the same


class Found(NamedTuple):
    cell: int
    place: int
    seen: int
    slower: bool


def last_over_previous(times: Any) -> Iterator[Found]:
    """A commit that takes 10 % longer than the one before."""
    for place, cell in zip(*np.nonzero(times[1:] > (1 + THRESHOLD) * times[:-1])):
        yield Found(int(cell), int(place) + 1, int(place) + 1, True)


def windows(times: Any) -> Iterator[Found]:
    """Change points of the last commits after each commit, as Otava finds them: the split with the largest t, and again on both
    sides of it, while p is small enough. W. Fleming et al., Hunter: Using Change Point Detection to Hunt for Performance
    Regressions, ICPE 2023. What was told is not told again.
    """
    logs = np.log(times)
    for cell in range(logs.shape[1]):
        told: list[int] = []
        for seen in range(2 * FEWEST, len(logs)):
            start = max(0, seen + 1 - WINDOW)
            for place, slower in _points(logs[start : seen + 1, cell], start):
                if all(abs(place - old) > NEAR for old in told):
                    told.append(place)
                    yield Found(cell, place, seen, slower)


def _points(values: Any, start: int) -> Iterator[tuple[int, bool]]:
    from scipy.special import stdtr  # slow to load

    count = len(values)
    if count < 2 * FEWEST:
        return
    before = np.arange(FEWEST, count - FEWEST + 1)
    after, sums, squares = count - before, np.cumsum(values), np.cumsum(values**2)
    old, new = sums[before - 1] / before, (sums[-1] - sums[before - 1]) / after
    inside = np.maximum(squares[-1] - before * old**2 - after * new**2, 1e-12) / (count - 2)
    t = (new - old) / np.sqrt(inside * (1 / before + 1 / after))
    best = int(np.abs(t).argmax())
    if 2 * stdtr(count - 2, -abs(float(t[best]))) < P_VALUE:
        split = int(before[best])
        yield start + split, bool(t[best] > 0)
        yield from _points(values[:split], start)
        yield from _points(values[split:], start + split)
