"""Each rule of nominating, by a series that only it decides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from scripts.analysis.history.nominate import Nominated, nominate
from scripts.analysis.history.parameters import Parameters

RULE = Parameters()
NOISE = np.tile([0.0, 0.01, -0.01, 0.005], 20)  # sigma: 0.01 or so


def judged(values: Any, rule: Parameters = RULE) -> Nominated:
    """The latest of one series."""
    row = np.full(rule.width, np.nan)
    row[-len(values) :] = values[-rule.width :]
    return nominate(row[None], rule)


def stepped(size: float, after: int, before: int = 30) -> Any:
    return NOISE[: before + after] + np.repeat([0, size], [before, after])


@pytest.mark.parametrize("size", [0.1, -0.1])
def test_slower_and_faster_are_nominated_where_they_began(size: float) -> None:
    found = judged(stepped(size, 4))
    assert found.found[0] and found.after[0] == 4 and found.size[0] == pytest.approx(size, abs=0.01)
    assert np.sign(found.score[0]) == np.sign(size)


def test_no_change_is_not_nominated() -> None:
    assert not judged(NOISE).found[0]


def test_one_disturbed_run_is_clipped_and_two_are() -> None:
    for after in (1, 2):
        assert not judged(stepped(0.07, after)).found[0]
    assert judged(stepped(0.07, 3)).found[0]
    assert judged(stepped(0.07, 2), replace(RULE, clip=100.0)).found[0], "clipping is what stops it"


def test_two_commits_far_off_suffice_on_one_side() -> None:
    assert judged(stepped(1.0, 2)).found[0] and judged(stepped(-1.0, 2)).found[0]
    assert not judged(stepped(1.0, 1)).found[0]
    assert not judged(np.append(NOISE[:30], [1.0, -1.0])).found[0]


def test_five_commits_are_needed_before() -> None:
    assert judged(stepped(0.1, 4, before=5)).found[0]
    assert not judged(stepped(0.1, 4, before=4)).found[0]


def test_a_change_is_looked_for_in_the_latest_commits_alone() -> None:
    assert judged(stepped(0.1, 12)).after[0] in (11, 12)
    late = replace(RULE, splits=3, before=10)  # all that is left of the old level is three commits
    assert judged(stepped(0.1, 3, 10), late).found[0] and not judged(stepped(0.1, 10, 3), late).found[0]


@pytest.mark.parametrize("size, nominated", [(0.014, False), (0.017, True)])
def test_small_changes_are_not_suspected(size: float, nominated: bool) -> None:
    flat = np.repeat([0, size], [30, 10])
    assert judged(flat).found[0] == nominated
    assert judged(flat, replace(RULE, size=0.001)).found[0]


def test_nor_are_those_of_few_sigma() -> None:
    rough = np.tile([0.0, 0.03, -0.03, 0.01], 11)[:42] + np.repeat([0, 0.04], [30, 12])
    loose = replace(RULE, threshold=3.0)
    assert not judged(rough, loose).found[0]
    assert judged(rough, replace(loose, rough=0.0)).found[0]


def test_rows_are_judged_apart() -> None:
    rows = np.vstack([NOISE[:42], stepped(0.1, 4, 38), np.full(42, np.nan)])
    assert nominate(rows, RULE).found.tolist() == [False, True, False]
