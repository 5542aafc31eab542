"""When a cell has enough."""

from __future__ import annotations

import random

import pytest

from scripts.analysis.stopping import Stopping

RULE = Stopping(target=0.02, least=6, most=40)
STEADY = [1.0, 1.01, 0.99, 1.005, 0.995, 1.0]


def test_narrow_is_enough() -> None:
    assert RULE.precise(STEADY) and RULE.enough(STEADY)


@pytest.mark.parametrize(
    "samples",
    [
        STEADY[:5],  # too few
        [1.0, 1.05, 0.95, 1.0, 1.02, 0.98],  # too wide
        [0.9] + [1.0] * 5,  # an interval of 6 is their range
        [1.0] * 8 + [1.03] * 9,  # narrow enough, but the halves disagree
    ],
)
def test_what_is_not_precise(samples: list[float]) -> None:
    assert not RULE.precise(samples)


def test_halves_are_what_stops_the_drifting_one() -> None:
    """The interval alone would have let it pass."""
    drifting = [1.0] * 12 + [1.035] * 11
    interleaved = [time for pair in zip(drifting[:11], drifting[12:]) for time in pair]
    assert RULE.precise(interleaved)
    assert not RULE.precise(drifting)


def test_the_caps() -> None:
    wide = [1.0, 2.0] * 20
    assert RULE.enough(wide) and not RULE.precise(wide)
    assert not RULE.enough(wide[:-1])


def test_without_a_target_the_count_alone_decides() -> None:
    rule = Stopping(0.0, 4, 4)
    assert [rule.enough(STEADY[:count]) for count in (3, 4)] == [False, True]
    assert not rule.precise([1.0] * 4)


def test_noise_stops_sooner_the_smaller_it_is() -> None:
    def needed(noise: float) -> int:
        chance = random.Random(4)
        samples: list[float] = []
        while not RULE.enough(samples):
            samples.append(chance.gauss(1, noise))
        return len(samples)

    assert needed(0.005) <= needed(0.02) <= needed(0.2) == RULE.most
    assert needed(0.005) < 10
