"""How many times as long one takes as another, with an interval: paired by round, or from independent samples."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from scipy.special import stdtrit

from scripts.analysis.ranks import rank_sum, signed_rank


@dataclass(frozen=True)
class Ratio:
    """How many times as long NEW takes as BASE (1.05: 5 % slower).

    `low` is 0 and `high` infinite where there are too few samples for the error asked for. `error` is the
    probability that [low, high] misses the true ratio, as attained (at most what was asked for; 0 where
    unbounded). `samples` counts pairs, or those of the smaller side.
    """

    estimate: float
    low: float
    high: float
    error: float
    samples: int
    method: str  # "signed-rank", "rank-sum" or "Welch"

    @property
    def bounded(self) -> bool:
        return 0 < self.low and math.isfinite(self.high)


def paired_ratio(base: Mapping[int, float], new: Mapping[int, float], error: float) -> Ratio:
    """The ratio over the rounds that both have, from times above 0 by round.

    Hodges-Lehmann estimate and exact interval from the Walsh averages of the log ratios: right for any
    distribution that is symmetric, as that of two equals is. The interval leaves out 1 exactly where the
    two-sided Wilcoxon signed-rank test says p <= error. Raises ValueError without a common round, or with a
    time that is not above 0.
    Source: M. Hollander, D. A. Wolfe, Nonparametric Statistical Methods, 2nd edition, sections 3.1 to 3.3.
    """
    common = sorted(base.keys() & new.keys())
    logs = _logs([new[number] for number in common]) - _logs([base[number] for number in common])
    first, second = _pairs(len(logs))
    rank, attained = signed_rank(len(logs), error)
    return _ratio((logs[first] + logs[second]) / 2, rank, attained, len(logs), "signed-rank")


def unpaired_ratio(base: Sequence[float], new: Sequence[float], error: float) -> Ratio:
    """The ratio of independent samples, times above 0 in any order.

    Hodges-Lehmann shift of the logs and its exact rank-sum interval (the Mann-Whitney test turned round): right
    for any two distributions that differ in scale alone. So few samples that ranks cannot attain `error` (5
    against 5 attain 0.8 %) get Welch's interval of the means of the logs, which takes them to be normal; a
    side without scatter or with one sample alone gets none. Raises ValueError as paired_ratio does.
    Source: Hollander and Wolfe, sections 4.1 to 4.3; B. L. Welch, The generalization of Student's problem when
    several different population variances are involved, Biometrika 34 (1947).
    """
    before, after = _logs(base), _logs(new)
    fewest = min(len(before), len(after))
    rank, attained = rank_sum(len(before), len(after), error)
    if rank == 0 and error > 0 and fewest > 1:
        return _welch(before, after, error)
    return _ratio(np.subtract.outer(after, before).ravel(), rank, attained, fewest, "rank-sum")


def _ratio(differences: Any, rank: int, error: float, samples: int, method: str) -> Ratio:
    """The median of the differences of logs, between the `rank`-th from either end; rank 0 bounds nothing."""
    ordered = np.sort(differences)
    estimate = _exp(float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2)
    low, high = (_exp(ordered[rank - 1]), _exp(ordered[-rank])) if rank else (0.0, math.inf)
    return Ratio(estimate, low, high, error, samples, method)


def _welch(base: Any, new: Any, error: float) -> Ratio:
    shift = float(np.mean(new) - np.mean(base))
    parts = [float(np.var(side, ddof=1)) / len(side) for side in (base, new)]
    fewest = min(len(base), len(new))
    if sum(parts) == 0:  # a clock too coarse, not certainty
        return Ratio(math.exp(shift), 0.0, math.inf, 0.0, fewest, "Welch")
    freedom = sum(parts) ** 2 / sum(part**2 / (len(side) - 1) for part, side in zip(parts, (base, new)))
    half = float(stdtrit(freedom, 1 - error / 2)) * math.sqrt(sum(parts))
    return Ratio(_exp(shift), _exp(shift - half), _exp(shift + half), error, fewest, "Welch")


def _exp(value: float) -> float:
    """Infinity rather than an overflow: Welch with 1 degree of freedom reaches far."""
    return math.exp(value) if value < 700 else math.inf


def _logs(times: Sequence[float]) -> Any:
    if not times or not all(0 < time < math.inf for time in times):
        raise ValueError("a ratio needs times above 0 on both sides")
    return np.log(np.asarray(times, dtype=float))


@cache
def _pairs(samples: int) -> Any:
    return np.triu_indices(samples)
