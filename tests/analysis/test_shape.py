"""Level and shape of a sweep, apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pytest

from scripts.analysis.duel import Duel, at_look, decide
from scripts.analysis.shape import efficiencies, levels, shapes

ROUNDS = 72


def duels(seed: int, slower: Mapping[int, float], sd: float = 0.01) -> dict[int, Duel]:
    """By workers: times of a machine that scales to 80 % at each doubling, and what NEW takes more."""
    random = np.random.default_rng(seed)
    found = {}
    for workers, more in slower.items():
        times = np.exp(random.normal(0, sd, (3, ROUNDS))) * (1 / 1.6) ** np.log2(workers)
        times[1] *= 1 + more
        found[workers] = Duel(*(dict(enumerate(arm.tolist())) for arm in times))
    return found


def test_exact_numbers() -> None:
    """Without scatter: 0, 10 and 20 % of logs more at 1, 2 and 4 workers is a level of 10 % and a shape of 20 %."""
    found = duels(0, {1: 0.0, 2: np.expm1(0.1), 4: np.expm1(0.2)}, sd=0.0)
    assert at_look(levels(found), ROUNDS, (0.01, 0.01), 0.03).estimate == pytest.approx(np.exp(0.1))
    assert at_look(shapes(found), ROUNDS, (0.01, 0.01), 0.03).estimate == pytest.approx(np.exp(0.2))
    base, new = efficiencies(found)
    assert base == pytest.approx({1: 1.0, 2: 0.8, 4: 0.64})
    assert new == pytest.approx({1: 1.0, 2: 0.8 * np.exp(-0.1), 4: 0.64 * np.exp(-0.2)})


def test_the_slope_is_least_squares_over_log2_workers() -> None:
    more = {1: 0.01, 2: 0.04, 3: -0.02, 8: 0.05}
    found = shapes(duels(0, more, sd=0.0))
    axis = np.log2(list(more))
    slope = np.polyfit(axis, np.log1p(list(more.values())), 1)[0]
    assert found.new[0] / found.base[0] == pytest.approx(np.exp(3 * slope))


def verdicts(slower: Mapping[int, float]) -> tuple[Counter[str], Counter[str]]:
    """Level's and shape's over 100 sweeps."""
    found = [duels(seed, slower) for seed in range(100)]
    return tuple(  # type: ignore[return-value]
        Counter(decide(combined(one), 2, 0.03).state for one in found) for combined in (levels, shapes)
    )


def test_a_change_from_2_workers_up_is_shape() -> None:
    level, shape = verdicts({1: 0.0, 2: 0.06})
    assert shape["slower"] >= 95
    level, shape = verdicts({1: 0.0, 2: 0.03, 4: 0.06, 8: 0.09})
    assert shape["slower"] >= 95 and level["slower"] >= 50


def test_a_uniform_change_is_level() -> None:
    level, shape = verdicts({1: 0.06, 2: 0.06})
    assert level["slower"] >= 95 and shape["slower"] + shape["faster"] <= 1


def test_a_control_that_scales_otherwise_is_invalid() -> None:
    found = duels(1, {1: 0.0, 4: 0.2})
    found[4] = Duel(
        found[4].base, found[4].new, {number: 2 * time for number, time in found[4].control.items()}
    )
    assert at_look(shapes(found), ROUNDS, (0.01, 0.01), 0.03).state == "invalid"


def test_only_rounds_of_all_counts_and_the_first_of_them() -> None:
    found = duels(2, {1: 0.0, 4: 0.2})
    found[4] = Duel(found[4].base, {n: time for n, time in found[4].new.items() if n % 2}, found[4].control)
    assert len(levels(found).rounds) == ROUNDS // 2
    ratio = at_look(levels(found), 16, (0.01, 0.01), 0.03).ratio
    assert ratio and ratio.samples == 16


def test_one_count_has_no_shape() -> None:
    with pytest.raises(ValueError, match="two worker counts"):
        shapes(duels(3, {2: 0.0}))
