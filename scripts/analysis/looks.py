"""Looking several times without crying wolf more often: the probability of an error, shared out over the looks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from scripts.analysis.ranks import signed_rank

LOOKS = (8, 16, 32, 64)  # rounds


def errors(error: float, looks: Sequence[int] = LOOKS) -> tuple[float, ...]:
    """The error that the exact test of paired rounds may have at each look, in all at most `error`.

    Spent in proportion to the rounds, the third function of K. K. G. Lan, D. L. DeMets, Discrete sequential
    boundaries for clinical trials, Biometrika 70 (1983): early enough to end what is plain, and half of it is
    left for the last look. The looks' errors are added up (union bound), which needs nothing of how they
    depend on each other. A look gets what its exact test attains: the rest, all of it where so few rounds
    attain nothing, is carried over to the next.
    """
    return _errors(error, tuple(looks))


@cache
def _errors(error: float, looks: tuple[int, ...]) -> tuple[float, ...]:
    spent: list[float] = []
    for look in looks:
        _, attained = signed_rank(look, error * look / looks[-1] - sum(spent))
        spent.append(attained)
    return tuple(spent)
