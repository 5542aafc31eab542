import math
import random

import numpy as np
import pytest
from scipy.stats import binom

from scripts.analysis.interval import DRAWS, bootstrap_interval, coverage, median_interval, redrawn


# Ranks and coverages of two-sided 95 % intervals of the median, as tables of order statistics print them.
@pytest.mark.parametrize(
    "samples, low, high, percent",
    [
        (6, 1, 6, 96.88),
        (10, 2, 9, 97.85),
        (15, 4, 12, 96.48),
        (20, 6, 15, 95.86),
        (25, 8, 18, 95.67),
        (100, 40, 61, 96.48),
    ],
)
def test_published_ranks(samples: int, low: int, high: int, percent: float) -> None:
    interval = median_interval(range(1, samples + 1))
    assert (interval.low, interval.high) == (low, high)
    assert 100 * interval.coverage == pytest.approx(percent, abs=0.005)


@pytest.mark.parametrize("samples, percent", [(1, 0.0), (2, 50.0), (3, 75.0), (4, 87.5), (5, 93.75)])
def test_too_few_samples_give_the_range_and_say_so(samples: int, percent: float) -> None:
    interval = median_interval(range(samples))
    assert (interval.low, interval.high) == (0, samples - 1)
    assert 100 * interval.coverage == percent


def test_coverage_is_the_binomial_one_and_the_ranks_the_innermost() -> None:
    for samples in range(6, 200):
        interval = median_interval(range(1, samples + 1))
        rank = int(interval.low)
        assert interval.high == samples + 1 - rank
        assert interval.coverage == pytest.approx(1 - 2 * binom.cdf(rank - 1, samples, 0.5), abs=1e-12)
        assert interval.coverage >= 0.95 > coverage(samples, rank + 1)


@pytest.mark.parametrize("samples", [5, 8, 15])
def test_simulated_coverage_of_a_skewed_distribution(samples: int) -> None:
    random.seed(samples)
    trials = 4000
    drawn = [median_interval(random.lognormvariate(0, 1) for _ in range(samples)) for _ in range(trials)]
    share = sum(1.0 in interval for interval in drawn) / trials
    assert share == pytest.approx(drawn[0].coverage, abs=0.012)  # over 3 standard errors


def test_the_order_of_samples_does_not_matter() -> None:
    assert median_interval([3, 1, 2, 5, 4, 6, 7]) == median_interval([7, 6, 5, 4, 3, 2, 1])
    assert median_interval([1, 2, 3, 10]).median == 2.5


def test_scaled_keeps_what_is_no_length() -> None:
    half = median_interval([2, 4, 6]).scaled(0.5)
    assert (half.median, half.low, half.high, half.coverage, half.samples) == (2, 1, 3, 0.75, 3)
    assert 1.0 in half and 3.1 not in half


@pytest.mark.parametrize("samples", [[], [1.0, float("nan")], [float("inf")]])
def test_no_median_without_finite_samples(samples: list[float]) -> None:
    with pytest.raises(ValueError):
        median_interval(samples)


def test_draws_may_be_infinite() -> None:
    """Between two of them nothing is averaged; what was found lies in its interval, whatever the draws gave."""
    drawn = np.array([2.0, *[3.0] * 500, *[math.inf] * 500])
    found = bootstrap_interval(drawn, 6)
    assert (found.median, found.low, found.high) == (2.0, 2.0, math.inf)
    assert (found.coverage, found.samples) == (0.95, 6) and bootstrap_interval(drawn, 2).coverage == 0.5
    rows = redrawn(np.random.default_rng(1), 3)
    assert rows.shape == (1 + DRAWS, 3) and list(rows[0]) == [0, 1, 2] and set(rows[1:].flat) == {0, 1, 2}
