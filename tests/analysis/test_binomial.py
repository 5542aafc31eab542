import pytest
from scipy.stats import binomtest

from scripts.analysis.binomial import clopper_pearson


# R. G. Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998), table I.
@pytest.mark.parametrize(
    "hits, trials, low, high",
    [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)],
)
def test_published_intervals(hits: int, trials: int, low: float, high: float) -> None:
    assert clopper_pearson(hits, trials) == pytest.approx((low, high), abs=5e-5)


def test_another_library_agrees() -> None:
    for hits in range(12):
        other = binomtest(hits, 11).proportion_ci(0.99, method="exact")
        assert clopper_pearson(hits, 11, 0.01) == pytest.approx((other.low, other.high))


@pytest.mark.parametrize("hits, trials", [(0, 0), (-1, 5), (6, 5)])
def test_no_share_of_nothing(hits: int, trials: int) -> None:
    with pytest.raises(ValueError):
        clopper_pearson(hits, trials)
