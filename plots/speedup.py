"""Speedup over the serial loop by workers, efficiency below it: a column a case, a band of panels a file."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from plots.page import Page
from plots.panels import cases, chunks, contenders, how_measured
from plots.style import GRID, INK, SOFT, Look, looks, styled
from scripts.analysis.interval import Interval
from scripts.analysis.scaling import Scaling, paired, rounds, scaling, serial
from scripts.analysis.comparable import effective_cpus
from scripts.analysis.table import Results

# Of the distance between two worker counts: what an executor has to stand beside others, and what all have.
SPREAD, WIDEST = 0.05, 0.6
CROWD = 7  # executors; more need wider panels to stand side by side


@styled
def draw(results: Results) -> Figure:
    """The chart. An executor's points stand at a fixed place beside its worker count: ties stay legible."""
    cells = scaling(results.table)
    look = looks(contenders(results))
    measured = how_measured(results, cells, "band and bar")
    explained = "Small points: single rounds. Grey column: one worker count, its executors side by side."
    page = Page("Speedup over the serial loop, by workers", f"{measured} {explained}")
    page.legend(_handles(look), 6)
    columns = min(2 if len(look) > CROWD else 3, len(cases(results)) or 1)
    for file, label in enumerate(results.labels):
        page.heading(label, results)
        for chunk in chunks(cases(results, file), columns):
            upper = page.captioned(list(chunk), columns, 2.35, margin=0.62, gap=0.55)
            page.space(0.13)
            lower = page.row(len(chunk), columns, 1.05, margin=0.62, gap=0.55)
            upper[0].set_ylabel("speedup (times serial)")
            lower[0].set_ylabel("efficiency (%)")
            for case, above, below in zip(chunk, upper, lower):
                _Panels(results, cells, look, file, case).draw(above, below)
            page.space(0.55)
    page.failures(results, "hollow marker at the bottom")
    return page.finish()


class _Panels:
    """The two panels of one case in one file."""

    def __init__(
        self, results: Results, cells: list[Scaling], look: dict[str, Look], file: int, case: str
    ) -> None:
        def here(table: Any) -> Any:
            return table[(table["file"] == file) & (table["case"] == case)]

        self.look = look
        self.samples = here(results.table)
        self.failures = here(results.failures)
        self.cells = [cell for cell in cells if (cell.file, cell.case) == (file, case)]
        self.cpus = effective_cpus(results.contexts[file])
        self.counts = sorted({*self.samples["workers"], *self.failures["workers"]})
        steps = [math.log2(high / low) for low, high in zip(self.counts, self.counts[1:])]
        self.spread = min(WIDEST, SPREAD * len(look)) * min(steps, default=1.0)

    def place(self, executor: str, workers: int) -> float:
        """Where the executor stands: on its side of the worker count, the same side in every panel."""
        beside = [name for name, look in self.look.items() if not (look.baseline or look.strong)]
        strong = [name for name, look in self.look.items() if look.strong]
        beside[len(beside) // 2 : len(beside) // 2] = strong  # on no side: a shift must not look like a lead
        share = (beside.index(executor) + 0.5) / len(beside) - 0.5
        return float(workers * 2 ** (self.spread * share))

    def draw(self, above: Axes, below: Axes) -> None:
        for axes in (above, below):
            self._scenery(axes)
        above.set_yscale("log", base=2)
        above.yaxis.set_minor_locator(NullLocator())
        above.tick_params(labelbottom=False)
        highs = [cell.efficiency.high for cell in self.cells if cell.efficiency]
        below.set_ylim(0, 118 * max([1.0, *highs]))
        below.yaxis.set_major_locator(FixedLocator([0, 50, 100]))
        below.set_xlabel("workers")
        self._ideal(above, below)
        for executor in self.look:
            self._line(above, below, executor)
        self._hollow(above)
        if not any(cell.speedup for cell in self.cells):
            above.text(0.5, 0.5, "no serial time to compare with", transform=above.transAxes, ha="center")
        bottom, top = above.get_ylim()
        above.set_ylim(bottom / (top / bottom) ** 0.1, top)  # room for the hollow markers
        decades = top / bottom > 2**12
        above.yaxis.set_major_locator(LogLocator(base=10 if decades else 2, numticks=8))
        above.yaxis.set_major_formatter(FuncFormatter(_ratio))

    def _scenery(self, axes: Axes) -> None:
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_locator(FixedLocator(self.counts))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        half = 2 ** (0.5 * self.spread)
        side = 2 ** (0.6 * self.spread + 0.1)
        axes.set_xlim(self.counts[0] / side, self.counts[-1] * side)
        for count in self.counts:
            axes.axvspan(count / half, count * half, color="#f6f6f6", linewidth=0, zorder=0)
        axes.grid(axis="y", color=GRID)
        if self.cpus and self.counts[0] / side <= self.cpus <= self.counts[-1] * side:
            axes.axvline(self.cpus, color=SOFT, linewidth=1, linestyle=(0, (2, 2)), zorder=1, label="_cpus")

    def _ideal(self, above: Axes, below: Axes) -> None:
        """Level around each worker count, where the executors stand side by side."""
        half = 2 ** (0.5 * self.spread)
        x = [edge for count in self.counts for edge in (count / half, count * half)]
        y = [count for count in self.counts for _ in range(2)]
        above.plot(x, y, color=INK, linewidth=1, linestyle=":", zorder=2, label="_ideal")
        below.axhline(100, color=INK, linewidth=1, linestyle=":", zorder=2)
        for axes, value in ((above, 1), (below, 100)):
            for look in filter(lambda one: one.baseline, self.look.values()):
                axes.axhline(value, color=look.color, linewidth=1, zorder=2, label="_serial")

    def _line(self, above: Axes, below: Axes, executor: str) -> None:
        mine = [cell for cell in self.cells if cell.contender == executor and cell.speedup is not None]
        if self.look[executor].baseline or not mine:
            return
        look = self.look[executor]
        x = [self.place(executor, cell.workers) for cell in mine]
        speedup = [cell.speedup for cell in mine if cell.speedup]
        percent = [cell.efficiency.scaled(100) for cell in mine if cell.efficiency]
        percent = percent if len(percent) == len(mine) else []  # an event loop's points would be torn apart
        panels: list[tuple[Axes, list[Interval]]] = [(above, speedup), (below, percent)]
        for axes, intervals in panels:
            if not intervals:
                continue
            low = [interval.low for interval in intervals]
            high = [interval.high for interval in intervals]
            median = [interval.median for interval in intervals]
            axes.fill_between(x, low, high, color=look.color, alpha=0.13, linewidth=0, zorder=look.above - 1)
            axes.vlines(x, low, high, color=look.color, linewidth=1, alpha=0.7, zorder=look.above)
            axes.plot(x, median, markersize=4.6, label=executor, **look.fields())
        base = serial(self.samples)["real"]
        for cell, at in zip(mine, x):
            ratios = paired(base, rounds(self.samples, executor, cell.workers)["real"])
            dots = {"marker": "o", "markersize": 2, "markeredgewidth": 0, "linestyle": "", "alpha": 0.5}
            x_of_all = np.full(len(ratios), at)
            above.plot(x_of_all, ratios, color=look.color, zorder=look.above, label="_rounds", **dots)

    def _hollow(self, axes: Axes) -> None:
        for executor, workers in zip(self.failures["contender"], self.failures["workers"]):
            look = self.look[executor]
            at = workers if look.baseline else self.place(executor, workers)
            axes.plot(
                [at], [0.045], transform=axes.get_xaxis_transform(), marker=look.marker, markersize=6.5, linestyle="",
                markerfacecolor="none", markeredgecolor=look.color, clip_on=False, zorder=7, label="_failed",
            )  # fmt: skip


def _handles(look: dict[str, Look]) -> list[Line2D]:
    lines = []
    for executor, one in look.items():
        fields = {**one.fields(), "marker": ""} if one.baseline else one.fields()
        lines.append(Line2D([], [], label=executor, markersize=5, **fields))
    lines.append(Line2D([], [], color=INK, linewidth=1, linestyle=":", label="ideal"))
    return [*lines, Line2D([], [], color=SOFT, linewidth=1, linestyle=(0, (2, 2)), label="effective CPUs")]


def _ratio(value: float, _: int) -> str:
    """A power of two or ten as people write it: 1/8, 1, 64, 1/100k."""
    if value >= 1:
        return f"{value:g}"
    size, letter = next(step for step in ((1e6, "M"), (1e3, "k"), (1, "")) if value * step[0] <= 1)
    return f"1/{1 / value / size:.0f}{letter}"
