"""When a cell has been measured well enough."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from scripts.analysis.interval import median_interval


FEWEST = 10  # samples that can be precise: an interval of fewer is narrow by chance too often
GROWTH = 1.6  # of the number of samples from one look to the next


@dataclass(frozen=True)
class Stopping:
    """Stops on precision, never on significance: "until p < 0.05" finds differences where there are none.

    `target` is the half-width of the median's 95 % interval over the median; `most` is a number of samples, each a fresh
    process. A target of 0 takes exactly `most`.

    Precision is looked at after a few numbers of samples only: looking after each one would
    stop on lucky streaks (optional stopping). It still stops sooner on samples that happen to lie close, so that the
    intervals of cells that stopped are nominal: `fanout check statistics` prints what they really hold.
    """

    target: float
    most: int
    # Every cell; else those that the answer stands on, and the others until they cannot change it.
    every: bool = True

    @property
    def least(self) -> int:
        """Samples that each cell takes that is to be precise."""
        return min(FEWEST, self.most) if self.target else self.most

    @property
    def looks(self) -> list[int]:
        """The numbers of samples at which precision is looked at."""
        found = [self.least]
        while found[-1] < self.most:
            found.append(min(self.most, math.ceil(GROWTH * found[-1])))
        return found

    def precise(self, samples: Sequence[float]) -> bool:
        """Whether the samples, in the order in which they were taken, give the median to within the target at a look.

        The interval has to be narrow, and the medians of both halves have to lie within the target of the whole's: a time
        that drifts has a narrow interval long before it has settled.
        """
        return self.target > 0 and any(
            self._precise_at(samples[:look]) for look in self.looks if look <= len(samples)
        )

    def _precise_at(self, samples: Sequence[float]) -> bool:
        whole = median_interval(samples)
        if len(samples) < FEWEST or whole.half_width > self.target:
            return False
        middle = len(samples) // 2
        return all(
            abs(statistics.median(half) - whole.median) <= self.target * whole.median
            for half in (samples[:middle], samples[middle:])
        )

    def enough(self, samples: Sequence[float]) -> bool:
        return len(samples) >= self.most or self.precise(samples)
