"""Efficiency over granularity: how small tasks may be. A panel for each number of workers, a line for each executor."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from plots.page import Page
from plots.panels import certain, chunks, contenders, how_measured
from plots.style import GRID, INK, SOFT, Look, looks, styled
from scripts.analysis.answers.granularity import HALF, MOST, Curve, by_panel, curves
from scripts.analysis.scaling import scaling
from scripts.analysis.table import Results
from scripts.analysis.text import UNITS, unit_for

ROOM = 1.06  # times full efficiency


def wanted(results: Results) -> bool:
    """Whether tasks of several sizes were measured."""
    durations = results.table.groupby(["file", "sweep"])["duration"].nunique()
    return bool((durations > 1).any()) and bool(curves(results))


@styled
def draw(results: Results) -> Figure:
    """The chart. A point is one size of tasks: the medians of its rounds."""
    found = curves(results)
    sizes = results.table[results.table["sweep"].isin({one.sweep for one in found})]
    measured = how_measured(results, scaling(sizes), "bar")
    page = Page(
        "How small tasks may be: efficiency over min(workers, effective CPUs)",
        f"{measured} Granularity: time per batch x CPUs / tasks, so that it holds what the executor adds to a task.",
    )
    look = {name: one for name, one in looks(contenders(results)).items() if not one.baseline}
    handles = [Line2D([], [], label=name, markersize=5, **one.fields()) for name, one in look.items()]
    page.legend(handles, 6)
    panels = by_panel(found)
    for file, label in enumerate(results.labels):
        mine = {key[1:]: panel for key, panel in panels.items() if key[0] == file}
        if mine:
            page.heading(label, results)
        for chunk in chunks(list(mine), 2):
            names = [f"{sweep}/workers:{workers}" for sweep, workers in chunk]
            row = page.captioned(names, min(2, len(mine)), 3.0, margin=0.62, gap=0.55)
            for axes, key in zip(row, chunk):
                _panel(axes, mine[key], look)
            row[0].set_ylabel("efficiency (%)")
            page.space(0.6)
    page.failures(results, "no line")
    return page.finish()


def _panel(axes: Axes, panel: Sequence[Curve], look: dict[str, Look]) -> None:
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(numticks=12))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(_time))
    axes.set_xlabel("granularity")
    tops = (point.efficiency for curve in panel for point in curve.points)
    highest = max(each.high if certain(each) else each.median for each in tops)
    axes.set_ylim(0, 100 * ROOM * max(1, highest))
    axes.yaxis.set_major_locator(FixedLocator([0, 100 * HALF, 100 * MOST]))
    axes.grid(axis="x", color=GRID)
    for share in (HALF, MOST):
        axes.axhline(100 * share, color=SOFT, linewidth=1, linestyle=(0, (2, 2)), zorder=1, label="_share")
    axes.axhline(100, color=INK, linewidth=1, linestyle=":", zorder=1, label="_ideal")
    for curve in panel:
        one = look[curve.contender]
        x = [point.granularity for point in curve.points]
        percent = [point.efficiency.scaled(100) for point in curve.points]
        if curve.certain:
            ends = [each.low for each in percent], [each.high for each in percent]
            axes.vlines(x, *ends, color=one.color, linewidth=1, alpha=0.6, zorder=one.above)
        axes.plot(x, [each.median for each in percent], markersize=4, label=curve.contender, **one.fields())


def _time(seconds: float, _: int) -> str:
    unit = unit_for(seconds)
    return f"{seconds / UNITS[unit]:g} {unit}"
