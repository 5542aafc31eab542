"""What all cells share."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.analysis.history.common import common_mode, medians
from scripts.analysis.history.parameters import Parameters

RULE = Parameters()
EVEN = np.zeros((5, 20))


def test_the_median_of_the_cells_is_common() -> None:
    assert common_mode(np.array([0.05, 0.05, 0.06, 0.04, 0.9]), EVEN, RULE) == pytest.approx(0.05)


def test_a_cell_deviates_from_its_recent_values_alone() -> None:
    before = np.hstack([np.full((5, 10), 9.0), EVEN[:, :10]])
    assert common_mode(np.full(5, 0.01), before, RULE) == pytest.approx(0.01)


def test_of_few_cells_nothing_is_common() -> None:
    assert common_mode(np.full(4, 0.05), EVEN[:4], RULE) == 0
    known = EVEN.copy()
    known[0] = np.nan
    assert common_mode(np.full(5, 0.05), known, RULE) == 0, "one of five has no value yet"


def test_medians_leave_out_what_is_no_value() -> None:
    rows = np.array([[np.nan, 3, 1, 2], [np.nan, np.nan, 1, 4], [np.nan] * 4])
    assert medians(rows)[:2].tolist() == [2, 2.5] and np.isnan(medians(rows)[2])
