from __future__ import annotations

import functools
from pathlib import Path
from typing import Callable

import pytest
from matplotlib.figure import Figure

from plots import charts
from scripts.analysis.scaling import refuse_impossible
from scripts.analysis.results import load
from scripts.analysis.table import Results

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="session")
def one() -> Results:
    """The checked-in results of 6 workloads and 12 executors."""
    return refuse_impossible(load([DATA / "two_cpus.json"]))


@pytest.fixture(scope="session")
def two() -> Results:
    """The same beside a second file, of 2 workloads."""
    return refuse_impossible(load([DATA / "two_cpus.json", DATA / "rebuilt.json"]))


@pytest.fixture(scope="session")
def drawn(one: Results, two: Results) -> Callable[..., Figure]:
    """drawn(chart, files="one"): each chart of each of them, drawn once."""
    known = {"one": one, "two": two}

    @functools.cache
    def draw(chart: str, files: str = "one") -> Figure:
        return charts()[chart](known[files])

    return draw
