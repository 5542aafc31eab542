"""When a cell has been measured well enough."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from scripts.analysis.interval import median_interval


@dataclass(frozen=True)
class Stopping:
    """Stops on precision, never on significance: "until p < 0.05" finds differences where there are none.

    `target` is the half-width of the median's 95 % interval over the median; `least` and `most` are numbers of samples,
    each a fresh process. A target of 0 takes exactly `most`.
    """

    target: float
    least: int
    most: int

    def precise(self, samples: Sequence[float]) -> bool:
        """Whether the samples, in the order in which they were taken, tell the median to within the target.

        The interval has to be narrow, and the medians of both halves have to lie within the target of the whole's: a time
        that drifts has a narrow interval long before it has settled.
        """
        if len(samples) < self.least or self.target <= 0:
            return False
        whole = median_interval(samples)
        if whole.coverage < 0.95 or whole.half_width > self.target:
            return False
        middle = len(samples) // 2
        return all(
            abs(statistics.median(half) - whole.median) <= self.target * whole.median
            for half in (samples[:middle], samples[middle:])
        )

    def enough(self, samples: Sequence[float]) -> bool:
        return len(samples) >= self.most or self.precise(samples)
