"""The exact distributions of the two rank statistics, and the ranks that bound an interval by them."""

from __future__ import annotations

import math
from functools import cache
from statistics import NormalDist
from typing import Any

import numpy as np

LARGEST = 10_000  # pairs of the rank sum; beyond, the normal approximation is as good and the exact one slow


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
