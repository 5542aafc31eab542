"""When a cell has enough."""

from __future__ import annotations

import random

import pytest

from scripts.analysis.interval import median_interval
from scripts.analysis.stopping import Stopping

RULE = Stopping(target=0.02, most=40)
STEADY = [1.0, 1.01, 0.99, 1.005, 0.995, 1.0, 0.998, 1.002, 1.0, 0.999]


def test_narrow_is_enough() -> None:
    assert RULE.precise(STEADY) and RULE.enough(STEADY)


@pytest.mark.parametrize(
    "samples",
    [
        STEADY[:9],  # too few
        [1.0, 1.05, 0.95, 1.0, 1.02, 0.98, 1.04, 0.96, 1.03, 0.97],  # too wide
        [0.9, 0.9] + [1.0] * 8,  # an interval of 10 reaches to the second from either end
    ],
)
def test_what_is_not_precise(samples: list[float]) -> None:
    assert not RULE.precise(samples)


def test_precision_is_looked_at_after_a_few_numbers_of_samples_only() -> None:
    assert RULE.looks == [10, 16, 26, 40]
    wide = [0.9, 0.9, 1.1, 1.1]
    assert RULE.precise(wide + [1.0] * 12)
    assert not RULE.precise(wide + [1.0] * 11), "narrow after 15, but that is no look"
    assert RULE.precise(STEADY + [2.0]), "and what is precise remains so"


def test_halves_are_what_stops_the_drifting_one() -> None:
    """The interval alone would have let it pass: of 40 samples it reaches from the 14th to the 27th."""
    drifting = [0.96 + 0.002 * index for index in range(40)]
    assert median_interval(drifting).half_width <= RULE.target
    assert not RULE._precise_at(drifting)
    assert RULE._precise_at(drifting[::2] + drifting[1::2])


def held(noise: float) -> tuple[float, float]:
    """How often cells end as precise, and how often the interval of such a cell holds the true median; noise in targets."""
    chance = random.Random(7)
    precise = held = 0
    for _ in range(1500):
        samples: list[float] = []
        while not RULE.enough(samples):
            samples.append(1 + chance.gauss(0, noise * RULE.target))
        if RULE.precise(samples):
            precise += 1
            held += 1.0 in median_interval(samples)
    return precise / 1500, held / precise


@pytest.mark.parametrize(("noise", "least"), [(0.3, 0.95), (1.0, 0.935), (1.5, 0.93), (2.5, 0.9)])
def test_intervals_hold_what_they_say_though_they_were_stopped_for_being_narrow(
    noise: float, least: float
) -> None:
    precise, share = held(noise)
    assert precise > 0.3
    assert share > least


def test_the_caps() -> None:
    wide = [1.0, 2.0] * 20
    assert RULE.enough(wide) and not RULE.precise(wide)
    assert not RULE.enough(wide[:-1])


def test_without_a_target_the_count_alone_decides() -> None:
    rule = Stopping(0.0, 4)
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
    assert needed(0.005) == 10
