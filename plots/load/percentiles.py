"""Percentiles by executor, over the logarithm of 1 - p: how long requests take, or whole runs of commands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from plots.load.shared import PANELS, asked, by, look, measured, rate, seconds
from plots.page import Page
from plots.panels import chunks, contenders, how_measured
from plots.style import GRID, SOFT, Look, looks, styled
from scripts.analysis.comparable import unit
from scripts.analysis.load.histogram import BEYOND, Histogram
from scripts.analysis.scaling import scaling
from scripts.analysis.table import Results

TICKS = {2: "50", 10: "90", 100: "99", 1e3: "99.9", 1e4: "99.99", 1e5: "99.999", 1e6: "99.9999"}
RUN = "run"  # what a command's time is of


@dataclass(frozen=True)
class Curve:
    """Seconds over 1 / (1 - p) from the median up; to the maximum, of which 1 of all lies at or beyond."""

    contender: str
    x: Any
    y: Any
    trusted: int  # points with enough samples beyond


def wanted(results: Results) -> bool:
    """Whether requests were put under load, or commands were run."""
    return bool(asked(results)) or _runs(results)


def _runs(results: Results) -> bool:
    return any(unit(context) == RUN for context in results.contexts) and not results.table.empty


@styled
def draw(results: Results) -> Figure:
    """The chart."""
    found = asked(results)
    words = f"Dotted: beyond it are fewer than {BEYOND}, up to the longest."
    if found:
        title = "How long requests take, from when they were due"
        page = Page(title, f"{measured(results, [one for _, one in found])} {words}")
        shown, panels = look(results), list(_requests(results))
    else:
        page = Page(
            "How long whole runs take", f"{how_measured(results, scaling(results.table), '')} {words}"
        )
        shown, panels = looks(contenders(results)), list(_samples(results))
    here = {curve.contender for _, _, curves in panels for curve in curves}
    handles = [
        Line2D([], [], label=name, markersize=5, **one.fields())
        for name, one in shown.items()
        if name in here
    ]
    page.legend(handles, 6)
    for row in chunks(panels[:PANELS], 2):
        names = [name for _, name, _ in row]
        for axes, (_, _, curves) in zip(page.captioned(names, 2, 2.6, margin=0.62, gap=0.7), row):
            _panel(axes, [curve for curve in curves if len(curve.x)], shown)
        page.space(0.6)
    if len(panels) > PANELS:
        page.text(f"… and {len(panels) - PANELS} more panels; the report has all.", color=SOFT)
    page.failures(results, "no line")
    return page.finish()


def _requests(results: Results) -> Iterator[tuple[int, str, list[Curve]]]:
    """A panel a case, rate and number of workers."""
    for file, group in by(asked(results), lambda one: (one.case, one.rate or 0.0, one.workers)):
        first = group[0]
        label = f"{results.labels[file]} " if len(results.labels) > 1 else ""
        name = f"{first.case}/{label}workers:{first.workers}/{rate(first.rate)}"
        yield file, name, [_of_histogram(one.contender, one.latency) for one in group]


def _of_histogram(contender: str, found: Histogram) -> Curve:
    below = np.cumsum(found.counts)
    x = found.count / np.maximum(found.count - below, 1)
    y = np.minimum(found.highs, found.most)
    kept = x >= 2
    return Curve(contender, x[kept], y[kept], int(((found.count - below) >= BEYOND)[kept].sum()))


def _samples(results: Results) -> Iterator[tuple[int, str, list[Curve]]]:
    """A panel a case and number of workers, of the samples of a run."""
    for (file, case, workers), block in results.table.groupby(["file", "case", "workers"]):
        curves = []
        for contender, mine in block.groupby("contender"):
            times = np.sort(mine["real"].to_numpy())
            beyond = np.arange(len(times) - 1, -1, -1)
            x = len(times) / np.maximum(beyond, 1)
            kept = x >= 2
            curves.append(Curve(str(contender), x[kept], times[kept], int((beyond >= BEYOND)[kept].sum())))
        label = f"{results.labels[file]} " if len(results.labels) > 1 else ""
        yield file, f"{case}/{label}workers:{workers}", curves


def _panel(axes: Axes, curves: list[Curve], shown: dict[str, Look]) -> None:
    last = max((float(curve.x[-1]) for curve in curves), default=10.0)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(2, max(10.0, 1.1 * last))
    ticks = [tick for tick in TICKS if tick <= max(10.0, last)]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: TICKS.get(round(value), "")))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=8))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(seconds))
    axes.grid(color=GRID)
    axes.set_xlabel("percentile")
    for curve in curves:
        one = shown[curve.contender]
        fields = one.fields() | {"marker": ""}
        axes.plot(curve.x[: curve.trusted], curve.y[: curve.trusted], label=curve.contender, **fields)
        rest = slice(max(0, curve.trusted - 1), None)
        axes.plot(curve.x[rest], curve.y[rest], label="_few", **fields | {"linestyle": ":", "linewidth": 1.0})
        axes.plot(
            curve.x[-1:], curve.y[-1:], label="_most", **one.fields() | {"linestyle": "", "markersize": 5}
        )
