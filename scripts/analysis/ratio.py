"""How many times as long one takes as another, with an interval: paired by round, or from independent samples.

The intervals come from the exact distributions of the two rank statistics, at the end of this file.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from statistics import NormalDist
from typing import Any

import numpy as np

LARGEST = 10_000  # pairs of the rank sum; beyond, the normal approximation is as good and the exact one slow
WELCH_SAMPLES = 6  # a side, at least
WELCH_COMPARISONS = 20  # at most


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

    def widened(self, factor: float) -> Ratio:
        """With an interval that reaches `factor` times as far to either side, in logs; an unbounded one stays."""
        if factor == 1 or not self.bounded:
            return self
        low, high = (self.estimate * (end / self.estimate) ** factor for end in (self.low, self.high))
        return replace(self, low=low, high=high)


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


def rank_sum_ratio(base: Sequence[float], new: Sequence[float], error: float) -> Ratio:
    """The ratio of independent samples, times above 0 in any order; unbounded where ranks cannot attain `error`.

    Hodges-Lehmann shift of the logs and its exact rank-sum interval (the Mann-Whitney test turned round): right
    for any two distributions that differ in scale alone. Raises ValueError as paired_ratio does.
    Source: Hollander and Wolfe, sections 4.1 to 4.3.
    """
    differences = np.subtract.outer(_logs(new), _logs(base)).ravel()
    rank, attained = rank_sum(len(base), len(new), error)
    return _ratio(differences, rank, attained, min(len(base), len(new)), "rank-sum")


def unpaired_ratio(base: Sequence[float], new: Sequence[float], error: float, comparisons: int = 1) -> Ratio:
    """The same, one of so many `comparisons`. So few samples that ranks cannot attain `error` (5 against 5 attain 0.8 %)
    get Welch's interval of the means of the logs, which takes them to be normal; a side without scatter gets none.

    Source: B. L. Welch, The generalization of Student's problem when several different population variances are
    involved, Biometrika 34 (1947).
    """
    ranks = rank_sum_ratio(base, new, error)
    if ranks.bounded or error == 0 or ranks.samples < WELCH_SAMPLES or comparisons > WELCH_COMPARISONS:
        return ranks
    return _welch(_logs(base), _logs(new), error)


def _ratio(differences: Any, rank: int, error: float, samples: int, method: str) -> Ratio:
    """The median of the differences of logs, between the `rank`-th from either end; rank 0 bounds nothing."""
    count = len(differences)
    middle = (count - 1) // 2, count // 2
    ordered = np.partition(differences, [*middle, rank - 1, -rank] if rank else middle)
    estimate = _exp(float(ordered[middle[0]] + ordered[middle[1]]) / 2)
    low, high = (_exp(ordered[rank - 1]), _exp(ordered[-rank])) if rank else (0.0, math.inf)
    return Ratio(estimate, low, high, error, samples, method)


def _welch(base: Any, new: Any, error: float) -> Ratio:
    from scipy.special import stdtrit  # slow to load

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


@cache
def signed_rank(samples: int, error: float) -> tuple[int, float]:
    """The rank from either end of the Walsh averages that bounds the centre, and the error that it attains.

    The largest k with 2 P(T+ < k) <= error; 0, with error 0, where even the extremes miss more often than that.
    Source: M. Hollander, D. A. Wolfe, Nonparametric Statistical Methods, 2nd edition, section 3.3.
    """
    return _rank(_signed_rank_tail(samples), error)


@cache
def rank_sum(base: int, new: int, error: float) -> tuple[int, float]:
    """The same for the differences of two independent samples, base * new of them, by the Mann-Whitney U.

    Source: Hollander and Wolfe, section 4.3; beyond LARGEST differences its large-sample approximation.
    """
    if base * new <= LARGEST:
        return _rank(_rank_sum_tail(*sorted((base, new))), error)
    deviation = math.sqrt(base * new * (base + new + 1) / 12)
    rank = math.floor(base * new / 2 + NormalDist().inv_cdf(error / 2) * deviation) if error > 0 else 0
    return (rank, error) if rank > 0 else (0, 0.0)


def _rank(tail: Any, error: float) -> tuple[int, float]:
    """`tail[k]` is the probability of k or less; both ends of the statistic count."""
    rank = int(np.searchsorted(2 * tail[: len(tail) // 2], error, side="right"))
    return rank, float(2 * tail[rank - 1]) if rank else 0.0


@cache
def _signed_rank_tail(samples: int) -> Any:
    """Each rank 1..n is in the sum or not, with probability 1/2."""
    chances = np.zeros(samples * (samples + 1) // 2 + 1)
    chances[0] = 1.0
    for rank in range(1, samples + 1):
        with_it = chances[:-rank].copy()
        chances[rank:] += with_it
        chances /= 2
    return np.cumsum(chances)


@cache
def _rank_sum_tail(fewer: int, more: int) -> Any:
    """Of the ranks 1..m+n, m are chosen: ways[k] counts choices of k ranks by what they exceed 1 + .. + k by."""
    ways = np.zeros((fewer + 1, fewer * more + 1))
    ways[0, 0] = 1.0
    for rank in range(1, fewer + more + 1):
        for chosen in range(min(rank, fewer), 0, -1):
            beyond = rank - chosen
            if beyond <= more:
                ways[chosen, beyond:] += ways[chosen - 1, : fewer * more + 1 - beyond]
    return np.cumsum(ways[fewer]) / math.comb(fewer + more, fewer)
