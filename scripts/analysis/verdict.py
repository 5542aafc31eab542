"""What a ratio says about a change, given a margin within which changes are of no interest."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any, Literal

from scripts.analysis.ratio import Ratio

State = Literal["slower", "faster", "same", "inconclusive", "invalid"]
CHANGED: tuple[State, ...] = ("slower", "faster")
ORDER: tuple[State, ...] = ("slower", "invalid", "inconclusive", "faster", "same")  # the worst first
POWER = 0.8  # the probability with which a change of the size `detectable` is called


@dataclass(frozen=True)
class Reason:
    """A code, which scripts/reports/wording.py writes out, and the facts that belong to it."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def because(code: str, **facts: Any) -> Reason:
    return Reason(code, facts)


@dataclass(frozen=True)
class Verdict:
    """One of five states, and what it rests on.

    `detectable` is the minimum detectable effect, 0.04 = 4 %: the slowdown that, with this scatter and number of
    samples, would be called with a probability of POWER. `needed` is how many samples it would take in all to
    decide, where inconclusive. Either is None where it cannot be estimated. `reasons` are of invalid and
    inconclusive, the outermost first.

    `name` is what was judged, a cell or a sweep's level or shape. `samples` are the rounds that it rests on; of two
    files the samples of each. A verdict that is not `final` may change with further rounds.
    """

    state: State
    ratio: Ratio | None
    margin: float
    detectable: float | None = None
    needed: int | None = None
    reasons: tuple[Reason, ...] = ()
    name: str = ""
    samples: tuple[int, ...] = ()
    final: bool = True
    lag1: float = 0.0  # how far the noise follows itself from round to round; the interval is widened by it
    control: Ratio | None = None  # base against itself, where that is what makes it invalid

    @property
    def estimate(self) -> float:
        """The ratio; 1 without one."""
        return self.ratio.estimate if self.ratio else 1.0


def worst_first(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """In the order in which people read them."""
    return sorted(verdicts, key=lambda one: (ORDER.index(one.state), -abs(one.estimate - 1)))


def judge(ratio: Ratio, margin: float) -> Verdict:
    """Slower or faster where the whole interval lies beyond the margin (0.03: 3 %), same where all of it lies
    within, else inconclusive.

    The margin is a factor: 1.03 to one side, 1/1.03 to the other.
    """
    most = 1 + margin
    if not ratio.bounded:
        return Verdict("inconclusive", ratio, margin, reasons=(because("few_samples"),))
    detectable = _detectable(ratio, margin)
    if ratio.low > most:
        return Verdict("slower", ratio, margin, detectable)
    if ratio.high < 1 / most:
        return Verdict("faster", ratio, margin, detectable)
    if 1 / most <= ratio.low and ratio.high <= most:
        return Verdict("same", ratio, margin, detectable)
    return Verdict("inconclusive", ratio, margin, detectable, _needed(ratio, margin), (because("crosses"),))


def invalid(margin: float, reason: Reason, ratio: Ratio | None = None) -> Verdict:
    """There is nothing to judge by."""
    return Verdict("invalid", ratio, margin, reasons=(reason,))


def _half(ratio: Ratio) -> float:
    """Half of the interval, of logs."""
    return (math.log(ratio.high) - math.log(ratio.low)) / 2


def _detectable(ratio: Ratio, margin: float) -> float | None:
    """From the edge of the margin, the interval's half-width and as many standard errors as the power takes,
    both on the normal approximation (J. M. Bland, An Introduction to Medical Statistics, 3rd edition, chapter
    18)."""
    standard_error = _half(ratio) / NormalDist().inv_cdf(1 - ratio.error / 2)
    away = math.log1p(margin) + _half(ratio) + NormalDist().inv_cdf(POWER) * standard_error
    return math.expm1(away) if away < 7 else None  # a factor of a thousand is no useful bound


def _needed(ratio: Ratio, margin: float) -> int | None:
    """The interval narrows with the square root of the samples, until it no longer holds the nearest edge of the
    margin; None where the estimate lies on it."""
    edge = math.log1p(margin)
    away = abs(abs(math.log(ratio.estimate)) - edge)
    needed = ratio.samples * (_half(ratio) / away) ** 2 if away > 0 else math.inf
    return max(math.ceil(needed), ratio.samples + 1) if needed < 1e6 else None
