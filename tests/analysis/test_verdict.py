"""Five states, and what could have been seen."""

from __future__ import annotations

import math

import numpy as np
import pytest

from scripts.analysis.ratio import Ratio, paired_ratio
from scripts.analysis.verdict import State, judge
from scripts.reports.wording import reasons


def ratio(low: float, high: float, error: float = 0.01, samples: int = 16) -> Ratio:
    return Ratio(math.sqrt(low * high), low, high, error, samples, "signed-rank")


@pytest.mark.parametrize(
    "low, high, state",
    [
        (1.031, 1.2, "slower"),
        (1.03, 1.2, "inconclusive"),
        (0.8, 0.9708, "faster"),
        (0.8, 1 / 1.03, "inconclusive"),
        (1 / 1.03, 1.03, "same"),
        (0.97, 1.03, "inconclusive"),
        (0.98, 1.031, "inconclusive"),
        (1.01, 1.02, "same"),
        (0.5, 2.0, "inconclusive"),
    ],
)
def test_the_states_of_a_margin_of_3_percent(low: float, high: float, state: State) -> None:
    verdict = judge(ratio(low, high), 0.03)
    assert verdict.state == state
    assert bool(verdict.reasons) == (state == "inconclusive")


def test_too_few_samples_are_said() -> None:
    verdict = judge(Ratio(2.0, 0.0, math.inf, 0.0, 3, "rank-sum"), 0.03)
    assert (verdict.state, verdict.detectable, verdict.needed) == ("inconclusive", None, None)
    assert "too few samples" in reasons(verdict)


def test_without_a_margin_every_change_counts_and_nothing_is_the_same() -> None:
    assert judge(ratio(1.001, 1.002), 0.0).state == "slower"
    assert judge(ratio(0.999, 1.001), 0.0).state == "inconclusive"


def test_a_change_of_the_detectable_size_is_called_four_times_in_five() -> None:
    random = np.random.default_rng(2)

    def measured(change: float) -> Ratio:
        logs = random.normal(math.log1p(change), 0.03, 24)
        return paired_ratio(dict.fromkeys(range(24), 1.0), dict(enumerate(map(float, np.exp(logs)))), 0.01)

    sizes = [judge(measured(0.0), 0.03).detectable for _ in range(200)]
    typical = float(np.median([size for size in sizes if size is not None]))
    for change, least, most in ((typical, 0.72, 0.88), (typical / 2 + 0.015, 0.0, 0.5)):
        calls = [judge(measured(change), 0.03).state == "slower" for _ in range(600)]
        assert least <= np.mean(calls) <= most


def test_the_samples_needed_decide() -> None:
    """An interval as wide as the square root of the samples allows, around the same estimate."""
    verdict = judge(ratio(0.99, 1.05), 0.03)
    assert verdict.needed is not None and verdict.needed > 16
    half = math.log(1.05 / 0.99) / 2
    for samples, decided in ((verdict.needed + 1, True), (verdict.needed - 2, False)):
        narrow = half * math.sqrt(16 / samples)
        middle = math.log(math.sqrt(0.99 * 1.05))
        again = judge(ratio(math.exp(middle - narrow), math.exp(middle + narrow), samples=samples), 0.03)
        assert (again.state != "inconclusive") == decided


def test_an_estimate_on_the_margin_never_decides() -> None:
    assert judge(Ratio(1.03, 1.0, 1.06, 0.01, 16, "signed-rank"), 0.03).needed is None
