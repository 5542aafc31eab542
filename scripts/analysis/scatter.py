"""How samples scatter: between and within processes, and from one to the next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Scatter:
    """Standard deviations relative to the mean (0.02: 2 %).

    `between` is what processes differ by beyond what their repetitions explain, `within` what repetitions of one process
    differ by. None where there is nothing to tell it from: fewer than two processes, or no process with two repetitions.
    """

    between: float | None
    within: float | None


def scatter(processes: Sequence[Sequence[float]]) -> Scatter:
    """The components of variance of times (above 0) by process, by the method of moments on their logarithms.

    One-way random effects, unequal group sizes: S. R. Searle, G. Casella, C. E. McCulloch, Variance Components, section 3.6.
    Without repetitions within processes, `between` is all the scatter that there is. A negative estimate is 0.
    """
    groups = [[math.log(time) for time in times] for times in processes if times]
    count, total = len(groups), sum(map(len, groups))
    if count < 2:
        return Scatter(None, _within(groups))
    means = [sum(group) / len(group) for group in groups]
    grand = sum(value for group in groups for value in group) / total
    across = sum(len(group) * (mean - grand) ** 2 for group, mean in zip(groups, means)) / (count - 1)
    inside = _within(groups)
    size = (total - sum(len(group) ** 2 for group in groups) / total) / (count - 1)
    between = (across - (inside or 0.0) ** 2) / size
    return Scatter(math.sqrt(max(between, 0.0)), inside)


def _within(groups: Sequence[Sequence[float]]) -> float | None:
    free = sum(len(group) - 1 for group in groups)
    if free == 0:
        return None
    squares = sum((value - sum(group) / len(group)) ** 2 for group in groups for value in group)
    return math.sqrt(squares / free)


def lag1(samples: Sequence[float]) -> float | None:
    """The correlation of each sample with the next, -1 to 1; None below 3 samples, or where all are alike.

    Source: G. E. P. Box, G. M. Jenkins, G. C. Reinsel, Time Series Analysis, section 2.1.
    """
    if len(samples) < 3:
        return None
    mean = sum(samples) / len(samples)
    apart = [sample - mean for sample in samples]
    squares = sum(value * value for value in apart)
    return sum(a * b for a, b in zip(apart, apart[1:])) / squares if squares else None


def correlated(samples: Sequence[float]) -> bool:
    """Whether the samples follow each other beyond chance (95 %, one-sided): their interval is then too narrow.

    Independent samples have a lag-1 correlation of about -1/n, with a standard deviation of about 1/sqrt(n).
    """
    found = lag1(samples)
    return found is not None and found > (1.645 * math.sqrt(len(samples)) - 1) / len(samples)
