"""The chart of efficiency over granularity: a panel for each number of workers, what it draws and what it says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from matplotlib.axes import Axes

from plots import charts, granularity
from scripts.analysis.answers.granularity import curves
from scripts.analysis.table import Results, joined
from tests.analysis.builder import failure, results
from tests.analysis.test_granularity import sweep
from tests.plots.figures import lines, overlaps, texts


@pytest.fixture
def swept() -> Results:
    one, two = (sweep(workers=workers, noise=0.02) for workers in (1, 2))
    others = two.table[~two.table["baseline"]]
    broken = results(failures=[failure("spin/segv/workers:2/duration:250ns/tasks:100")]).failures
    return replace(one, table=joined([one.table, others]), failures=broken)


def test_it_is_drawn_where_sizes_of_tasks_were_swept(swept: Results) -> None:
    assert "granularity" in charts(swept)
    assert "granularity" not in charts(sweep(sizes=[1000]))


def test_points_are_the_medians_over_granularity(swept: Results) -> None:
    figure = granularity.draw(swept)
    panels = [axes for axes in figure.axes if lines(axes, "pool")]
    assert len(panels) == 2 and "tasks 100, workers 1" in texts(figure)
    for axes, workers in zip(panels, (1, 2)):
        assert axes.get_xscale() == "log"
        for curve in (one for one in curves(swept) if one.workers == workers):
            (line,) = lines(axes, curve.contender)
            assert list(line.get_xdata()) == [point.granularity for point in curve.points]
            assert list(line.get_ydata()) == [100 * point.efficiency.median for point in curve.points]
        assert [line.get_ydata()[0] for line in lines(axes, "_share")] == [50, 95]
        assert inside(axes, swept)


def inside(axes: Axes, swept: Results) -> bool:
    """Whether no interval leaves the panel."""
    highest = max(100 * point.efficiency.high for one in curves(swept) for point in one.points)
    return bool(axes.get_ylim()[1] > highest)


def test_it_says_over_what_and_what_failed(swept: Results) -> None:
    figure = granularity.draw(swept)
    said = "\n".join(texts(figure))
    assert "efficiency over min(workers, effective CPUs)" in said and "killed by SIGSEGV" in said
    assert overlaps(figure) == []
