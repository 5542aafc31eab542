"""The duet that confirms."""

from __future__ import annotations

import numpy as np

from scripts.analysis.duel import MOST, Duel, decide
from scripts.analysis.history.confirm import confirmed
from scripts.analysis.history.parameters import PARAMETERS


def duel(change: float, scatter: float, rounds: int = MOST) -> Duel:
    times = np.exp(np.random.default_rng(1).normal(0, scatter, (3, rounds)))
    times[1] *= 1 + change
    return Duel(*(dict(enumerate(row)) for row in times.tolist()))


def test_a_change_is_shown_with_the_rounds_that_it_took() -> None:
    verdict = confirmed(duel(0.06, 0.02))
    assert verdict.state == "slower" and verdict.samples[0] < MOST
    assert confirmed(duel(-0.06, 0.02)).state == "faster"


def test_a_large_change_needs_no_fresh_rounds() -> None:
    assert confirmed(duel(0.3, 0.01)).samples == (12,)
    assert decide(duel(0.3, 0.01), 1, PARAMETERS.margin, PARAMETERS.error).samples == (20,)


def test_equals_end_it_long_before_they_are_shown_to_be_equal() -> None:
    equal = duel(0.0, 0.04)
    assert confirmed(equal).samples == (12,)
    assert decide(equal, 1, PARAMETERS.margin, PARAMETERS.error).samples[0] >= 24


def test_what_is_beyond_the_margin_goes_on() -> None:
    verdict = confirmed(duel(0.04, 0.04))
    assert verdict.samples[0] > 12


def test_too_few_rounds_decide_nothing() -> None:
    assert confirmed(duel(0.5, 0.01, 8)).state == "inconclusive"
