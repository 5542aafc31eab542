"""The score, which is measured without observers, beside what observers have seen."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.analysis.interval import Interval, median_interval
from scripts.analysis.scaling import Times, paired
from scripts.analysis.why.evidence import States

PERTURBED = (
    1.05  # of the score's time: a pass that takes longer, with all of its interval, has seen another cell
)


def efficiency(base: Times, times: Times, workers: float) -> Interval | None:
    """Of a cell with so many times the workers of its base; None without a round in common."""
    ratios = paired(base, times)
    return median_interval(ratios).scaled(1 / workers) if ratios else None


def perturbation(observed: Sequence[States], score: Times) -> Interval | None:
    """The time of observed batches over the score's; None without a round in common."""
    ratios = paired({one.round: one.seconds / one.batches for one in observed}, score)
    return median_interval(ratios) if ratios else None


def perturbed(found: Interval | None) -> bool:
    """Whether the pass has seen another cell than the score."""
    return found is not None and found.low > PERTURBED
