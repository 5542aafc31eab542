"""The error that each look at a duet may have, so that all looks together have no more than was asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from statistics import NormalDist

LOOKS = (12, 16, 24, 32, 48, 64)  # rounds
_NORMAL = NormalDist()


def parts(looks: Sequence[int] = LOOKS) -> list[float]:
    """Of the error, what is spent in all up to each look: in proportion to its rounds as long as they are at most half of
    the last one's, since most changes that are found at all are found by then; half as much for each look beyond.
    """
    half = looks[-1] / 2
    weights = [look if look <= half else half / 2 for look in looks]
    return [total / sum(weights) for total in accumulate(weights)]


def errors(error: float, looks: Sequence[int] = LOOKS) -> tuple[float, ...]:
    """The error of each look's interval, in all at most `error`.

    A miss at a look is often one at the look before, and is counted once: the probability of any miss is at most the sum
    of all, less those of two neighbours together (D. Hunter, An upper bound for the probability of a union, Journal of
    Applied Probability 13, 1976). Estimates over n and over m > n rounds have a correlation of sqrt(n / m), as sums of
    independent rounds have. What an exact test does not attain of its error is not carried over.
    """
    return _errors(error, tuple(looks))


@cache
def _errors(error: float, looks: tuple[int, ...]) -> tuple[float, ...]:
    from scipy.optimize import brentq  # slow to load

    found = [error * parts(looks)[0]]
    spent = parts(looks)
    for (before, look), (less, more) in zip(zip(looks, looks[1:]), zip(spent, spent[1:])):
        share, last, correlation = error * (more - less), found[-1], math.sqrt(before / look)

        def beyond(tried: float) -> float:
            return tried - _both(last, tried, correlation) - share

        found.append(float(brentq(beyond, share, share + last, rtol=1e-6)))
    return tuple(found)


def _both(first: float, second: float, correlation: float) -> float:
    """The probability that two-sided tests of these errors miss to the same side, of normal estimates."""
    from scipy.integrate import quad

    least, other = (-_NORMAL.inv_cdf(error / 2) for error in (first, second))
    rest = math.sqrt(1 - correlation**2)

    def density(value: float) -> float:
        return _NORMAL.pdf(value) * _NORMAL.cdf((correlation * value - other) / rest)

    return 2 * float(quad(density, least, least + 8)[0])
