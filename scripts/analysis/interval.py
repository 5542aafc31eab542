"""The median of a few samples, and how far it can be trusted."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Iterable

if TYPE_CHECKING:  # slow to load, as is scipy
    import numpy as np

NOMINAL = 0.95
DRAWS = 1000  # of a bootstrap
SEED = 1  # of its draws: the same samples always give the same interval


@dataclass(frozen=True)
class Interval:
    """A median with its interval, in the unit of the samples.

    `coverage` is the probability that [low, high] holds the true median, for samples that are independent and
    of one continuous distribution; it is what the interval has, not what was asked for.
    """

    median: float
    low: float
    high: float
    coverage: float
    samples: int

    @property
    def half_width(self) -> float:
        """Half of the interval over the median: 0.02 is "to within 2 %"."""
        return (self.high - self.low) / 2 / self.median

    def scaled(self, factor: float) -> Interval:
        """The interval of `factor` (above 0) times the samples."""
        return Interval(
            self.median * factor, self.low * factor, self.high * factor, self.coverage, self.samples
        )

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def process_time(repetitions: Iterable[float]) -> float:
    """The time of a process, which is one sample: the median of its repetitions."""
    return statistics.median(repetitions)


def coverage(samples: int, rank: int) -> float:
    """The probability that the `rank`-th smallest and `rank`-th largest of the samples enclose the true
    median.

    Exact, 1 - 2 P(Binomial(samples, 1/2) < rank): each sample lies below the median with probability 1/2.
    Source: W. J. Conover, Practical Nonparametric Statistics, 3rd edition, section 3.2; J.-Y. Le Boudec,
    Performance Evaluation of Computer and Communication Systems, theorem 2.1.
    """
    from scipy.special import bdtr  # slow to load

    return max(0.0, 1 - 2 * float(bdtr(rank - 1, samples, 0.5))) if rank else 1.0


def order_rank(samples: int, error: float) -> int:
    """From either end, of the order statistics between which the median lies but for `error`: the largest k with
    2 P(Binomial(samples, 1/2) < k) <= error; 0 where there is none. Sources as of coverage()."""
    from scipy.special import bdtr

    outside = 2 * bdtr(range((samples + 1) // 2), samples, 0.5)
    return int(outside.searchsorted(error, side="right"))


def median_interval(samples: Iterable[float], confidence: float = NOMINAL) -> Interval:
    """The median, between the innermost pair of order statistics that covers it with at least `confidence`.

    Too few samples for that (below 6 at 95 %) give the range min..max with the coverage that it really has:
    93.75 % for 5 samples, 0 for one. Raises ValueError without samples or with one that is not finite.
    """
    ordered = sorted(samples)
    if not ordered:
        raise ValueError("a median needs at least one sample")
    if not all(math.isfinite(value) for value in ordered):
        raise ValueError("a median needs finite samples")
    count = len(ordered)
    rank = max(1, order_rank(count, 1 - confidence))
    return Interval(
        statistics.median(ordered), ordered[rank - 1], ordered[count - rank], coverage(count, rank), count
    )


def redrawn(draw: np.random.Generator, count: int) -> Any:
    """Which of `count` samples each draw takes, one draw a row; the first row has them as they are."""
    rows = draw.integers(0, count, (1 + DRAWS, count))
    rows[0] = range(count)
    return rows


def bootstrap_interval(drawn: Any, fewest: int) -> Interval:
    """Of what was found, which is first, and what the draws gave, of `fewest` samples at the least: nominal 95 %, by
    percentiles. Some draws may be infinite, so that none are averaged.
    Source: B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap, chapter 13.
    """
    import numpy as np

    found = float(drawn[0])
    low, high = (float(end) for end in np.quantile(drawn[1:], (0.025, 0.975), method="nearest"))
    return Interval(found, min(found, low), max(found, high), min(NOMINAL, coverage(fewest, 1)), fewest)
