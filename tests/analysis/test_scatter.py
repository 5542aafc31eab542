"""Components of variance."""

from __future__ import annotations

import math
import random

import pytest

from scripts.analysis.scatter import scatter


def simulated(
    between: float, within: float, processes: int = 4000, repetitions: int = 3
) -> list[list[float]]:
    chance = random.Random(1)
    centres = [chance.gauss(0, between) for _ in range(processes)]
    return [[math.exp(c + chance.gauss(0, within)) for _ in range(repetitions)] for c in centres]


@pytest.mark.parametrize(("between", "within"), [(0.03, 0.01), (0.01, 0.03), (0.02, 0.0), (0.0, 0.02)])
def test_both_components_are_found(between: float, within: float) -> None:
    found = scatter(simulated(between, within))
    assert found.within == pytest.approx(within, abs=0.001)
    assert found.between == pytest.approx(between, abs=0.004 if between == 0 else 0.001)


def test_a_balanced_analysis_of_variance() -> None:
    """By hand: three processes of two; mean squares across 8, within 1; (8 - 1) / 2 repetitions."""
    logs = [[0.0, 2.0 / math.sqrt(2)], [2.0, 2.0 + math.sqrt(2)], [4.0, 4.0 + math.sqrt(2)]]
    found = scatter([[math.exp(value) for value in group] for group in logs])
    assert found.within == pytest.approx(1.0)
    assert found.between == pytest.approx(math.sqrt((8 - 1) / 2))


def test_without_repetitions_all_scatter_is_between() -> None:
    found = scatter([[math.exp(value)] for value in (1.0, 2.0, 3.0)])
    assert found.between == pytest.approx(1.0)
    assert found.within is None


def test_one_process_tells_nothing_of_others() -> None:
    assert scatter([[1.0, 1.0]]).between is None
    assert scatter([[1.0]]).within is None
