"""How samples scatter: between and within processes, and how they follow each other from one round to the next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

STRONGEST = 0.9  # a lag-1 correlation beyond it is no longer told from a trend by so few rounds
_PERMUTATIONS = 499
_CELLS = 1000  # of more, the first show as much
_SEED = 1  # of the permutations: the same samples always give the same answer
SIGNIFICANT = 0.05  # beyond it, a run is said to follow itself
SUSPECTED = 0.02  # beyond it, a duet's cell gets wider intervals


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


@dataclass(frozen=True)
class Correlation:
    """The lag-1 correlation over all series, -1 to 1, and how often chance would show one as large (one-sided)."""

    lag1: float
    chance: float

    @property
    def significant(self) -> bool:
        return self.chance <= SIGNIFICANT


def lag1(samples: Sequence[float]) -> float | None:
    """The correlation of each sample with the next, corrected for the bias of a mean that is taken from the samples
    themselves; None below 6 samples, or where all are alike. The estimate of n samples is low by (1 + 3 r) / n.
    Source: M. G. Kendall, Note on bias in the estimation of autocorrelation, Biometrika 41 (1954).
    """
    found = float(_raw(_standard(np.array(samples, dtype=float)))) if len(samples) > 5 else math.nan
    return None if math.isnan(found) else _unbiased(found, len(samples))


def pooled(series: Sequence[Sequence[float]]) -> Correlation | None:
    """Of many short series of the same rounds, one a cell: weighted by their lengths. None where none has one.

    Chance is that of two tests, doubled (Bonferroni): of the series as they are, against the same rounds in other
    orders, so that noise which all cells share in a round is no evidence once for each of them; and of what each does
    otherwise than the others, which are then many independent series.
    """
    rows = [one for one in series if len(one) > 5 and min(one) < max(one)][:_CELLS]
    if not rows:
        return None
    draw, longest = np.random.default_rng(_SEED), max(map(len, rows))
    orders = np.array([np.arange(longest), *(draw.permutation(longest) for _ in range(_PERMUTATIONS))])
    whole, own = [], []  # lag-1 times length, by series and order
    for n in sorted(set(map(len, rows))):
        values = _standard(np.array([row for row in rows if len(row) == n], dtype=float))
        places = orders[orders < n].reshape(len(orders), n)
        whole.append(n * _raw(values[:, places]))
        if len(values) > 2:
            own.append(n * _raw((values - values.mean(axis=0))[:, places]))
    found = np.concatenate(whole).sum(axis=0)
    chance = float(np.mean(found >= found[0] - 1e-9))
    if own:
        each = np.nan_to_num(np.concatenate(own))
        spread = math.sqrt(each[:, 1:].var(axis=1).sum()) or 1.0
        score = (each[:, 0] - each[:, 1:].mean(axis=1)).sum() / spread
        chance = min(1.0, 2 * min(chance, 1 - NormalDist().cdf(float(score))))
    total = sum(map(len, rows))
    return Correlation(_unbiased(float(found[0]) / total, total / len(rows)), chance)


def own_noise(arms: Sequence[Sequence[float]]) -> list[list[float]]:
    """Of equal arms in the same rounds, the log of each over the geometric mean of the others: what the machine does
    to all of them in a round is gone."""
    logs = np.log(np.asarray(arms, dtype=float))
    others = (logs.sum(axis=0) - logs) / (len(logs) - 1)
    return [[float(value) for value in row] for row in logs - others]


def beyond_chance(series: Sequence[Sequence[float]], free: int) -> float:
    """The mean lag-1 correlation of series of one length, of which `free` are independent; 0 unless chance would show
    one as large in less than SUSPECTED, one-sided.

    Each of n independent samples has one of about -1/n, with a standard deviation of about 1/sqrt(n).
    """
    count = len(series[0])
    found = _raw(_standard(np.array(series, dtype=float))) if count > 5 else np.array([])
    found = found[~np.isnan(found)]
    if not len(found):
        return 0.0
    raw = float(found.mean())
    by_chance = -1 / count + NormalDist().inv_cdf(1 - SUSPECTED) / math.sqrt(free * count)
    return _unbiased(raw, count) if raw > by_chance else 0.0


def inflation(correlation: float) -> float:
    """By how much an interval has to be wider than that of independent samples: sqrt((1 + r) / (1 - r)).

    That is the standard error of a mean of a first-order autoregression. r counts from 0 to STRONGEST.
    Source: G. E. P. Box, G. M. Jenkins, G. C. Reinsel, Time Series Analysis, section 2.1.
    """
    counted = min(STRONGEST, max(0.0, correlation))
    return math.sqrt((1 + counted) / (1 - counted))


def _standard(rows: Any) -> Any:
    """Along the last axis, in standard deviations from the median, as the median absolute deviation tells them, no more than
    three: a few large values hide nothing, and cells of all sizes compare."""
    apart = rows - np.median(rows, axis=-1, keepdims=True)
    scale = 1.4826 * np.median(abs(apart), axis=-1, keepdims=True)  # of normal values
    scale = np.where(scale > 0, scale, apart.std(axis=-1, keepdims=True))
    return np.clip(apart / np.where(scale > 0, scale, 1.0), -3, 3)


def _raw(rows: Any) -> Any:
    """Along the last axis; NaN where all of it is alike."""
    apart = rows - rows.mean(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore"):
        return (apart[..., 1:] * apart[..., :-1]).sum(axis=-1) / (apart**2).sum(axis=-1)


def _unbiased(raw: float, samples: float) -> float:
    return max(-1.0, min(1.0, (raw + 1 / samples) / (1 - 3 / samples)))
