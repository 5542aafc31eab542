"""The law of speedups: known laws are found again, and what cannot be told is not told."""

from __future__ import annotations

import math
import random
from collections import Counter

import pytest

from scripts.analysis.why.law import REACH, Law, fit
from scripts.analysis.why.text import sentence

Points = dict[int, list[float]]


def usl(count: float, alpha: float, beta: float = 0.0, gamma: float = 1.0) -> float:
    return gamma * count / (1 + alpha * (count - 1) + beta * count * (count - 1))


def noisy(points: dict[int, float], scatter: float, draw: random.Random, rounds: int = 5) -> Points:
    return {
        count: [speedup * (1 + scatter * draw.gauss(0, 1)) for _ in range(rounds)]
        for count, speedup in points.items()
    }


def powers(most: int) -> list[int]:
    return [2**power for power in range(most.bit_length())]


def exact(points: dict[int, float], cpus: float = 64) -> Law:
    return fit({count: [speedup] * 5 for count, speedup in points.items()}, cpus)


def test_a_law_without_noise_is_found_again() -> None:
    found = exact({count: usl(count, 0.05, 0.001, 0.9) for count in powers(32)})
    assert found.name == "USL" and found.unidentified == ""
    assert found.gamma and found.alpha and found.beta and found.peak
    parameters = [one.median for one in (found.gamma, found.alpha, found.beta, found.peak)]
    assert parameters == pytest.approx([0.9, 0.05, 0.001, math.sqrt(0.95 / 0.001)])
    amdahl = exact({count: usl(count, 0.1) for count in powers(16)})
    assert amdahl.name == "Amdahl" and amdahl.beta is amdahl.peak is amdahl.knee is None
    assert amdahl.alpha and amdahl.alpha.median == pytest.approx(0.1)
    assert exact({count: 0.8 * count for count in powers(8)}).name == "linear"


def test_speedups_beyond_linear_are_linear() -> None:
    """Coefficients below 0 mean nothing."""
    found = exact({1: 1.0, 2: 2.02, 4: 4.1, 8: 8.3})
    assert found.name == "linear" and found.gamma and found.gamma.median == pytest.approx(1.02, rel=0.02)


# Of the simulations in the notes: alpha 0.05, beta 0.001, whose peak is at 30.8; 5 rounds. How many of 40 find beta.
DESIGNS = {
    (8, 0.02): (2, 22),
    (16, 0.02): (36, 40),
    (32, 0.02): (40, 40),
    (16, 0.05): (10, 34),
    (32, 0.05): (38, 40),
}


@pytest.mark.parametrize("most, scatter", DESIGNS)
def test_the_table_of_simulations(most: int, scatter: float) -> None:
    draw = random.Random(7)
    truth = {count: usl(count, 0.05, 0.001) for count in powers(most)}
    laws = [fit(noisy(truth, scatter, draw), 64) for _ in range(40)]
    fewest, largest = DESIGNS[most, scatter]
    assert fewest <= Counter(law.name for law in laws)["USL"] <= largest
    told = [law for law in laws if law.alpha]
    assert sum(0.05 in law.alpha for law in told if law.alpha) >= 0.7 * len(
        told
    ), "90 % is what 5 rounds give"
    peaks = [law.peak for law in laws if law.peak]
    assert all(20 < peak.median < 45 for peak in peaks)
    if most == 8:
        assert not peaks, "a peak cannot be placed from 8 workers"
    if (most, scatter) == (32, 0.02):
        assert len(peaks) == 40


def test_amdahl_is_seldom_taken_for_more() -> None:
    draw = random.Random(3)
    truth = {count: usl(count, 0.05) for count in powers(16)}
    names = Counter(fit(noisy(truth, 0.02, draw), 64).name for _ in range(60))
    assert names["Amdahl"] >= 50


@pytest.mark.parametrize("most", [16, 64])
def test_a_plateau_is_no_coherency(most: int) -> None:
    """Perfect up to 8 workers, then flat: the USL would find beta 0.004 and a peak at 15."""
    truth = {count: min(count, 8.0) for count in powers(most)}
    found = exact(truth)
    assert found.name == "plateau" and found.knee and found.knee.median == pytest.approx(8, rel=1e-6)
    assert found.aicc and found.aicc["plateau"] < found.aicc["USL"] - 100
    again = fit(noisy(truth, 0.02, random.Random(1)), 64)
    assert again.name == "plateau" and again.knee and 7.5 < again.knee.median < 8.5
    assert exact(truth, cpus=8).name == "linear", "what is beyond the effective CPUs is left out"


def test_a_knee_between_two_numbers_of_workers() -> None:
    found = exact({count: min(count, 6.0) for count in powers(32)})
    assert found.name == "plateau" and found.knee and found.knee.median == pytest.approx(6)


def test_curves_end_at_four_times_the_most_workers() -> None:
    found = fit(noisy({count: usl(count, 0.05) for count in powers(16)}, 0.01, random.Random(1)), 16)
    assert found.unidentified == "" and found.curve[-1][0] == pytest.approx(REACH * 16)
    at = dict(found.curve)
    assert {1.0, 2.0, 4.0, 8.0, 16.0} <= at.keys()
    widths = [at[count].high / at[count].low for count in (16.0, found.curve[-1][0])]
    assert 1 < widths[0] < widths[1]
    assert at[16.0].median == pytest.approx(usl(16, 0.05), rel=0.02)


def test_what_is_not_identifiable_has_no_extrapolation() -> None:
    two = exact({1: 1.0, 2: 1.9, 4: 1.9}, cpus=2)
    assert (two.name, two.points, two.unidentified, two.curve) == (None, (1, 2), "points", ())
    rounds = fit({1: [1.0] * 5, 2: [2.0] * 5, 4: [4.0] * 2}, 4)
    assert (rounds.name, rounds.unidentified) == (None, "rounds")
    strange = exact({1: 1.0, 2: 0.5, 4: 4.0, 8: 2.0})
    assert strange.unidentified == "misfit" and strange.misfit > 0.1 and strange.curve[-1][0] == 8
    wide = fit({1: [0.8, 1.0, 1.2], 2: [1.4, 1.8, 2.2], 4: [2.5, 3.5, 4.5]}, 4)
    assert wide.unidentified == "wide" and wide.curve[-1][0] == 4
    assert fit({}, 4).unidentified == fit({1: []}, 4).unidentified == "points"


def test_a_bend_at_the_most_workers_alone_may_be_a_plateau() -> None:
    """The USL would place a peak at 9 workers; the truth is flat beyond 5."""
    found = exact({count: 0.9 * min(count, 5.0) for count in powers(8)})
    assert found.unidentified == "bend" and found.curve[-1][0] == 8
    assert "they bend at 8 workers alone" in sentence(found, 8)
    draw = random.Random(5)
    laws = [fit(noisy({count: float(count) for count in powers(8)}, 0.02, draw), 64) for _ in range(40)]
    assert sum(law.unidentified == "" for law in laws) >= 34, "noise alone seldom bends"


def test_the_universal_law_takes_four_numbers_of_workers() -> None:
    found = exact({count: usl(count, 0.05, 0.01) for count in (1, 2, 4)})
    assert found.aicc and "USL" not in found.aicc


@pytest.mark.parametrize("bad", [0.0, -1.0, math.inf, math.nan])
def test_a_speedup_has_to_be_above_zero(bad: float) -> None:
    with pytest.raises(ValueError, match="speedups above 0"):
        fit({1: [1.0] * 3, 2: [2.0, bad, 2.0], 4: [3.0] * 3}, 4)
    assert fit({1: [1.0], 8: [bad]}, 4).unidentified == "points", "beyond the CPUs nothing is asked of it"


def test_what_the_laws_say() -> None:
    assert sentence(exact({count: usl(count, 0.05) for count in powers(16)}), 16) == (
        "Amdahl: 5 [5, 5] % of the work is serial, so that any number of workers is at most 20.0 [20.0, 20.0] times as "
        "fast as one."
    )
    assert sentence(exact({count: usl(count, 0.05, 0.001) for count in powers(32)}), 32) == (
        "Universal Scalability Law: 5 [5, 5] % of the work is serial, and each pair of workers costs 0.1 [0.1, 0.1] % more: "
        "best at 31 [31, 31] workers."
    )
    assert sentence(exact({count: min(count, 6.0) for count in powers(32)}), 32) == (
        "Plateau: nothing is gained beyond 6 [6, 6] workers."
    )
    assert (
        sentence(exact({1: 1.0, 2: 2.0, 4: 4.0}), 4)
        == "Linear: up to 4 workers each adds as much as the first."
    )
    why = "The law of the speedups is not identifiable: "
    assert sentence(exact({1: 1.0, 2: 2.0, 4: 2.0}, 2), 2).startswith(
        f"{why}1 and 2 workers lie within 2 effective CPUs, and 3"
    )
    assert sentence(exact({}), 2).startswith(f"{why}no number of workers")
    assert sentence(exact({1: 1.0, 2: 1.0}, 1), 1).startswith(
        f"{why}1 worker lies within 1 effective CPU, and 3"
    )
    assert (
        sentence(fit({1: [1.0], 2: [2.0], 4: [4.0]}, 4), 4)
        == f"{why}fewer than 3 rounds of a number of workers."
    )
    assert "none fits, and the nearest" in sentence(exact({1: 1.0, 2: 0.5, 4: 4.0, 8: 2.0}), 8)
