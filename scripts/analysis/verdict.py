"""What a ratio says about a change, given a margin within which nobody cares."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from scripts.analysis.ratio import Ratio

State = Literal["slower", "faster", "same", "inconclusive", "invalid"]
CHANGED: tuple[State, ...] = ("slower", "faster")
CROSSES = "the interval crosses the margin"  # the reason that needs no telling
POWER = 0.8  # the probability with which a change of the size `detectable` is called


@dataclass(frozen=True)
class Verdict:
    """One of five states, and what it rests on.

    `detectable` is the minimum detectable effect, 0.04 = 4 %: the slowdown that, with this scatter and so many
    samples, would be called with a probability of POWER. `needed` is how many samples it would take in all to
    decide, where inconclusive. Either is None where there is nothing to tell it from. `reason` is of invalid
    and inconclusive, else "".
    """

    state: State
    ratio: Ratio | None
    margin: float
    detectable: float | None = None
    needed: int | None = None
    reason: str = ""


def judge(ratio: Ratio, margin: float) -> Verdict:
    """Slower or faster where the whole interval lies beyond the margin (0.03: 3 %), same where all of it lies
    within, else inconclusive.

    The margin is a factor: 1.03 to one side, 1/1.03 to the other.
    """
    most = 1 + margin
    if not ratio.bounded:
        reason = "too few samples for the certainty asked for"
        return Verdict("inconclusive", ratio, margin, reason=reason)
    detectable = _detectable(ratio, margin)
    if ratio.low > most:
        return Verdict("slower", ratio, margin, detectable)
    if ratio.high < 1 / most:
        return Verdict("faster", ratio, margin, detectable)
    if 1 / most <= ratio.low and ratio.high <= most:
        return Verdict("same", ratio, margin, detectable)
    return Verdict("inconclusive", ratio, margin, detectable, _needed(ratio, margin), CROSSES)


def invalid(margin: float, reason: str, ratio: Ratio | None = None) -> Verdict:
    """Nothing to judge by, and why."""
    return Verdict("invalid", ratio, margin, reason=reason)


def _half(ratio: Ratio) -> float:
    """Half of the interval, of logs."""
    return (math.log(ratio.high) - math.log(ratio.low)) / 2


def _detectable(ratio: Ratio, margin: float) -> float | None:
    """From the edge of the margin, the interval's half-width and as many standard errors as the power takes,
    both on the normal approximation (J. M. Bland, An Introduction to Medical Statistics, 3rd edition, chapter
    18)."""
    standard_error = _half(ratio) / NormalDist().inv_cdf(1 - ratio.error / 2)
    away = math.log1p(margin) + _half(ratio) + NormalDist().inv_cdf(POWER) * standard_error
    return math.expm1(away) if away < 7 else None  # a thousand times is no effect to speak of


def _needed(ratio: Ratio, margin: float) -> int | None:
    """The interval narrows with the square root of the samples, until it no longer holds the nearest edge of the
    margin; None where the estimate lies on it."""
    edge = math.log1p(margin)
    away = abs(abs(math.log(ratio.estimate)) - edge)
    needed = ratio.samples * (_half(ratio) / away) ** 2 if away > 0 else math.inf
    return max(math.ceil(needed), ratio.samples + 1) if needed < 1e6 else None
