"""Noise that follows itself from round to round: told from chance, and what it costs."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.analysis.scatter import beyond_chance, inflation, lag1, own_noise, pooled


def following(random: np.random.Generator, pull: float, series: int, rounds: int) -> list[list[float]]:
    """First-order autoregressions, long under way."""
    values = [random.normal(0, 1, series)]
    for _ in range(rounds - 1):
        values.append(pull * values[-1] + np.sqrt(1 - pull**2) * random.normal(0, 1, series))
    return [[float(value) for value in row] for row in np.array(values).T]


def significant(pull: float, series: int, rounds: int, shared: float = 0.0, trials: int = 100) -> float:
    """The share of runs whose cells are said to follow themselves; `shared` is noise that all have in a round."""
    random = np.random.default_rng(3)
    found = 0
    for _ in range(trials):
        common = shared * random.normal(0, 1, rounds)
        cells = [list(common + row) for row in following(random, pull, series, rounds)]
        correlation = pooled(cells)
        found += correlation is not None and correlation.significant
    return found / trials


def test_lag1_of_known_series() -> None:
    assert lag1([1, 2, 3, 4, 5, 6, 7, 8]) == 1.0
    assert lag1([1, -1] * 10) == pytest.approx(-1.0, abs=0.1)
    assert lag1([1, 2, 1, 2, 3]) is None
    assert lag1([2.0] * 8) is None


def test_one_large_value_hides_nothing() -> None:
    random = np.random.default_rng(4)
    (series,) = following(random, 0.9, 1, 200)
    before = lag1(series)
    series[30] = 1e6
    assert before and before > 0.6 and lag1(series) == pytest.approx(before, abs=0.1)


@pytest.mark.parametrize("pull", [0.0, 0.5, 0.7])
def test_the_estimate_is_right_on_average_for_short_series_too(pull: float) -> None:
    """Without the correction it would be 0.3 below at 12 rounds of 0.7."""
    found = [lag1(row) or 0.0 for row in following(np.random.default_rng(5), pull, 3000, 12)]
    assert np.mean(found) == pytest.approx(pull, abs=0.15)


def test_many_short_cells_tell_what_one_cannot() -> None:
    assert significant(0.7, series=20, rounds=6) > 0.95
    assert significant(0.7, series=1, rounds=6) < 0.3


@pytest.mark.parametrize("shared", [0.0, 3.0])
def test_independent_rounds_are_hardly_ever_said_to_follow(shared: float) -> None:
    """Also where all cells have the noise of a round in common, which is one piece of evidence and not twenty."""
    assert significant(0.0, series=20, rounds=10, shared=shared) <= 0.12


def test_cells_of_several_lengths_and_none() -> None:
    random = np.random.default_rng(6)
    rows = [*following(random, 0.8, 9, 30), *following(random, 0.8, 9, 10), [1.0, 2.0], [3.0] * 9]
    found = pooled(rows)
    assert found is not None and found.significant and 0.5 < found.lag1 < 1
    assert pooled([[1.0, 2.0], [3.0] * 9]) is None and pooled([]) is None


def test_what_all_arms_share_is_no_noise_of_theirs() -> None:
    drift = np.exp(np.linspace(0, 1, 40))
    random = np.random.default_rng(7)
    arms = [list(drift * np.exp(0.01 * random.normal(0, 1, 40))) for _ in range(3)]
    assert all((lag1(arm) or 0) > 0.9 for arm in arms)
    assert beyond_chance(own_noise(arms), 2) == 0.0


def test_an_interval_of_correlated_rounds_is_wider_by_what_they_lack() -> None:
    """The standard error of the mean of 400 rounds, against that of independent ones."""
    means = [np.mean(row) for row in following(np.random.default_rng(8), 0.7, 2000, 400)]
    assert np.std(means) * 20 == pytest.approx(inflation(0.7), rel=0.05)
    assert inflation(-0.5) == inflation(0.0) == 1.0 and inflation(1.0) < 5
