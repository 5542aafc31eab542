"""Many cells at once, simulated: a machine that changed as a whole, false intervals, and cells that are worth a duet."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest, mannwhitneyu

from scripts.analysis.compared.cells import Judged, both, chances, common_shift, discoveries, judged, without
from scripts.analysis.ratio import Ratio
from scripts.analysis.verdict import State, Verdict, judge

MARGIN, ERROR = 0.03, 0.01


def suite(
    random: Any,
    cells: int,
    samples: int,
    scatter: float = 0.01,
    machine: float = 1.0,
    changed: Mapping[int, float] = {},
    slow: float = 0.0,
) -> dict[str, tuple[Sequence[float], Sequence[float]]]:
    """Two sides of so many cells; NEW takes `machine` times as long, some cells another factor on top. Of each process
    one mode of two, 4 % apart, where `slow` is the share of the slower one."""
    noise = np.exp(random.normal(0, scatter, (2, cells, samples)))
    times = noise * np.where(random.random(noise.shape) < slow, 1.04, 1.0)
    times[1] *= machine
    for cell, factor in changed.items():
        times[1, cell] *= factor
    return {f"cell{cell:03}": (times[0, cell].tolist(), times[1, cell].tolist()) for cell in range(cells)}


def states(found: Judged) -> dict[str, int]:
    all = [verdict.state for verdict in found.verdicts.values()]
    return {state: all.count(state) for state in set(all)}


def named(found: Judged, state: State) -> set[str]:
    return {name for name, verdict in found.verdicts.items() if verdict.state == state}


@pytest.mark.parametrize("machine, common", [(1.05, "slower"), (1 / 1.05, "faster"), (1.0, "same")])
def test_a_machine_that_changed_as_a_whole_changes_no_cell(machine: float, common: str) -> None:
    random = np.random.default_rng(1)
    for _ in range(4):
        found = judged(suite(random, 60, 40, machine=machine), MARGIN, ERROR)
        assert found.common and found.common.state == common and states(found) == {"same": 60}
        assert found.common.estimate == pytest.approx(machine, rel=0.005)


@pytest.mark.parametrize("machine", [1.0, 1.05])
def test_a_cell_that_became_slower_is_found_on_any_machine(machine: float) -> None:
    sides = suite(np.random.default_rng(2), 60, 40, machine=machine, changed={7: 1.1, 8: 0.9})
    found = judged(sides, MARGIN, ERROR)
    assert named(found, "slower") == {"cell007"}
    assert named(found, "faster") == {"cell008"} and states(found)["same"] == 58
    assert found.worth == [], "what is decided needs no duet"


def test_what_a_faster_machine_hides_is_not_the_same() -> None:
    """It is 5 % slower than it would be, and takes as long as before."""
    sides = suite(np.random.default_rng(3), 60, 40, machine=1 / 1.06, changed={7: 1.06})
    found = judged(sides, MARGIN, ERROR)
    assert found.verdicts["cell007"].state == "inconclusive"
    assert [reason.facts for reason in found.verdicts["cell007"].reasons] == [
        {"raw": "same", "relative": "slower"}
    ]


def test_many_cells_that_became_faster_make_no_other_slower() -> None:
    sides = suite(np.random.default_rng(4), 60, 40, changed=dict.fromkeys(range(50), 0.9))
    found = judged(sides, MARGIN, ERROR)
    assert not named(found, "slower") and found.common and found.common.state == "faster"


@pytest.mark.parametrize("cells, changed", [(16, 1), (16, 2), (16, 6), (60, 20), (60, 29)])
def test_cells_that_became_slower_are_not_excused_by_each_other(cells: int, changed: int) -> None:
    sides = suite(np.random.default_rng(11), cells, 40, changed=dict.fromkeys(range(changed), 1.1))
    found = judged(sides, MARGIN, ERROR)
    assert states(found) == {"slower": changed, "same": cells - changed}


def verdict(state: State) -> Verdict:
    ratios: dict[State, float] = {"slower": 1.1, "faster": 0.9, "same": 1.0}
    middle = ratios.get(state, 1.03)
    return judge(Ratio(middle, middle * 0.99, middle * 1.01, 0.01, 20, "rank-sum"), MARGIN)


@pytest.mark.parametrize(
    "raw, relative, common, expected",
    [
        ("slower", "slower", "same", "slower"),
        ("faster", "faster", "slower", "faster"),
        ("same", "same", "same", "same"),
        ("slower", "same", "slower", "same"),
        ("faster", "same", "faster", "same"),
        ("slower", "same", "same", "inconclusive"),
        ("slower", "same", "inconclusive", "slower"),
        ("same", "inconclusive", "inconclusive", "same"),
        ("same", "slower", "faster", "inconclusive"),
        ("same", "faster", "slower", "inconclusive"),
        ("slower", "faster", "slower", "inconclusive"),
        ("inconclusive", "slower", "same", "inconclusive"),
        ("slower", "inconclusive", "slower", "inconclusive"),
        ("same", "inconclusive", "same", "inconclusive"),
    ],
)
def test_a_state_takes_both(raw: State, relative: State, common: State, expected: State) -> None:
    found = both(verdict(raw), verdict(relative), common)
    assert found.state == expected and found.ratio == verdict(raw).ratio
    assert bool(found.reasons) == (expected == "inconclusive" or relative == "same" != raw == common)


def test_beside_the_others_the_uncertainty_of_both_counts() -> None:
    mine, common = Ratio(1.1, 1.05, 1.15, 0.01, 20, "rank-sum"), Ratio(1.05, 1.04, 1.06, 0.02, 60, "median")
    found = without(mine, common)
    assert (found.low, found.high, found.error) == pytest.approx((1.05 / 1.06, 1.15 / 1.04, 0.03))


def test_few_cells_have_nothing_in_common() -> None:
    """Between the second smallest and the second largest, the median is missed by (1 + cells) * 2 ** (1 - cells), which
    has to be at most the share of the error that each of cells + 1 intervals has: 16 cells at 1 %."""
    random = np.random.default_rng(5)
    for cells in (1, 2, 15, 16):
        found = judged(suite(random, cells, 40, machine=1.1), MARGIN, ERROR)
        assert (found.common is not None) == (cells == 16)
        assert states(found) == ({"same": 16} if cells == 16 else {"slower": cells})


def test_the_common_interval_holds_as_often_as_it_says() -> None:
    random = np.random.default_rng(6)
    for cells, error in ((12, 0.05), (40, 0.05), (2000, 0.05)):
        held = 0
        for _ in range(400):
            found = common_shift(np.exp(random.normal(math.log(1.05), 0.02, cells)).tolist(), error)
            held += found.low <= 1.05 <= found.high
            assert found.error <= error
        assert binomtest(held, 400, 1 - error, "less").pvalue > 1e-3


@pytest.mark.parametrize("cells, samples, suites", [(168, 6, 60), (20, 5, 400)])
def test_two_modes_make_no_false_interval(cells: int, samples: int, suites: int) -> None:
    """Welch's intervals, without the bounds on samples and comparisons, are false somewhere in 6 to 30 % of such suites."""
    random = np.random.default_rng(7)
    wrong = 0
    for _ in range(suites):
        found = judged(suite(random, cells, samples, scatter=0.001, slow=0.5), 0.0, ERROR)
        ratios = [one.ratio for one in found.verdicts.values() if one.ratio]
        wrong += any(not ratio.low <= 1 <= ratio.high for ratio in ratios)
    assert wrong <= 0.02 * suites, wrong


@pytest.mark.parametrize("machine", [1.0, 1.05, 1 / 1.1])
def test_cells_that_are_worth_a_duet_have_changed(machine: float) -> None:
    """10 of 168 cells 10 % slower, 8 samples, scatter 3 %: too little for any verdict, enough to say where to look."""
    random = np.random.default_rng(8)
    changed = {cell: 1.1 for cell in range(10)}
    true = {f"cell{cell:03}" for cell in changed}
    marked, right, decided = 0, 0, 0
    for _ in range(10):
        found = judged(suite(random, 168, 8, 0.03, machine, changed), MARGIN, ERROR)
        marked, right = marked + len(found.worth), right + len(true & set(found.worth))
        decided += len(named(found, "slower"))
        assert all(found.verdicts[name].state == "inconclusive" for name in found.worth)
    assert right >= 0.5 * 10 * len(true) and decided == 0
    assert marked - right <= 0.1 * marked


def test_nothing_is_worth_a_duet_where_nothing_changed() -> None:
    random = np.random.default_rng(9)
    found = [judged(suite(random, 100, 8, 0.03, machine=1.1), MARGIN, ERROR).worth for _ in range(40)]
    assert sum(map(bool, found)) <= 5  # 5 % of the suites are expected to mark any


def test_the_published_discoveries() -> None:
    """The example of Benjamini and Hochberg, section 3.2: 15 hypotheses, of which 4 are rejected at 5 %."""
    published = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0
    ]  # fmt: skip
    assert sum(discoveries(published, 0.05)) == 4 == sum(discoveries(published[::-1], 0.05))
    assert discoveries([], 0.05) == []


def test_chances_are_those_of_one_test_each() -> None:
    random = np.random.default_rng(10)
    sizes = [(5, 7), (9, 9), (5, 7), (101, 101)]
    cells = [(random.random(m).tolist(), (random.random(n) + 0.2).tolist()) for m, n in sizes]
    for found, (base, new) in zip(chances(cells), cells):
        method = "exact" if len(base) < 100 else "asymptotic"
        assert found == pytest.approx(mannwhitneyu(base, new, method=method).pvalue)
