"""Latency over the rate of requests, with the limit and the knees. A panel for each number of workers, a line for each executor."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from plots.load.shared import PANELS, by, look, measured, seconds
from plots.page import Page
from plots.panels import certain, chunks, ticks
from plots.style import GRID, INK, SOFT, Look, styled
from scripts.analysis.load.knee import Knee, knees
from scripts.analysis.load.loads import Load
from scripts.analysis.load.slo import Slo, of_context
from scripts.analysis.table import Results

SHARE = 0.99  # of the requests, where no limit says another


def wanted(results: Results) -> bool:
    """Whether a cell was measured at several rates."""
    return any(len({one.rate for one in group}) > 1 for _, group in _panels(results))


def _panels(results: Results) -> list[tuple[int, list[Load]]]:
    open_loop = [
        (file, one) for file, found in enumerate(results.loads) for one in found if one.rate is not None
    ]
    return list(by(open_loop, lambda one: (one.case, one.workers)))


@styled
def draw(results: Results) -> Figure:
    """The chart. A point is one rate: the percentile of the requests of all rounds."""
    panels = _panels(results)
    limits = [of_context(context) for context in results.contexts]
    shares = [limit.share if limit else SHARE for limit in limits]
    names = sorted({f"p{100 * share:g}" for share in shares})
    intervals = "Bars: nominal 95 % interval, of 6 rounds and more; hollow: over capacity."
    how = f"{measured(results, [one for _, group in panels for one in group])} {intervals}"
    page = Page(f"Latency ({', '.join(names)}) over the rate of requests", how)
    shown = look(results)
    page.legend([Line2D([], [], label=name, markersize=5, **one.fields()) for name, one in shown.items()], 6)
    found = [_knees(results, file, limit) for file, limit in enumerate(limits)]
    for row in chunks(panels[:PANELS], 2):
        captions = [f"{group[0].case}/workers:{group[0].workers}" for _, group in row]
        for axes, (file, group) in zip(page.captioned(captions, 2, 2.8, margin=0.62, gap=0.7), row):
            _panel(axes, group, shown, shares[file], limits[file], found[file])
        page.space(0.6)
    if len(panels) > PANELS:
        page.text(f"… and {len(panels) - PANELS} more panels; the report has all.", color=SOFT)
    page.failures(results, "no line")
    return page.finish()


def _knees(results: Results, file: int, limit: Slo | None) -> dict[str, Knee]:
    """Of the file's cells, where they were looked for."""
    if not limit or not results.contexts[file].get("searched"):
        return {}
    return knees([part for one in results.loads[file] for part in one.parts], limit)


def _panel(
    axes: Axes,
    group: Sequence[Load],
    shown: dict[str, Look],
    share: float,
    limit: Slo | None,
    found: dict[str, Knee],
) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=8))
    axes.yaxis.set_major_formatter(FuncFormatter(seconds))
    rates = [one.rate for one in group if one.rate]
    low, high = min(rates) / 1.1, max(rates) * 1.1
    axes.set_xlim(low, high)
    marks = ticks(low, high)
    axes.set_xticks(marks, [f"{mark:,.15g}" for mark in marks])
    axes.grid(color=GRID)
    axes.set_xlabel("requests a second")
    if limit:
        axes.axhline(limit.seconds, color=INK, linewidth=1, linestyle=(0, (2, 2)), zorder=1, label="_limit")
    for contender in dict.fromkeys(one.contender for one in group):
        mine = [
            (one.rate, one, interval)
            for one in group
            if one.contender == contender and (interval := one.percentiles.get(share))
        ]
        style = shown[contender]
        x, y = [at for at, _, _ in mine], [interval.median for _, _, interval in mine]
        axes.plot(x, y, label=contender, **style.fields() | {"marker": ""})
        for at, one, interval in mine:
            face = {"markerfacecolor": "white"} if one.over else {}
            fields = style.fields() | {"linestyle": "", "markersize": 5}
            axes.plot([at], [interval.median], label="_point", **fields, **face)
            if certain(interval):
                axes.vlines(at, interval.low, interval.high, color=style.color, linewidth=1, zorder=3)
        for cell in dict.fromkeys(one.cell for _, one, _ in mine):
            if cell in found:
                _knee(axes, found[cell], style, limit)


def _knee(axes: Axes, one: Knee, style: Look, limit: Slo | None) -> None:
    if one.rate is None or limit is None:
        return
    axes.axvline(one.rate, color=style.color, linewidth=1, linestyle=":", zorder=2, label="_knee")
    if one.low > 0 and math.isfinite(one.high):
        axes.hlines(limit.seconds, one.low, one.high, color=style.color, linewidth=4, alpha=0.5, zorder=3)
    where = {"xycoords": axes.get_xaxis_transform(), "xytext": (3, -2), "textcoords": "offset points"}
    axes.annotate(f"{one.rate:,.0f}/s", (one.rate, 1), size=8, color=style.color, va="top", **where)
