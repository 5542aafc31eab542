"""Speedup over the serial loop by workers, of weak scaling the scaled one; efficiency below it: a column a case, a band of panels a file."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from plots.leading import IN_COLOUR, drawn, handles
from plots.page import Page
from plots.panels import Place, certain, chunks, contested, gained, how_measured, nothing, weak
from plots.style import GRID, INK, SOFT, Look, styled
from scripts.analysis.answers.answer import answers
from scripts.analysis.comparable import effective_cpus
from scripts.analysis.interval import Interval
from scripts.analysis.scaling import Scaling, paired, rounds, scaling, serial
from scripts.analysis.table import Results
from scripts.analysis.text import printable, shortened

_IDEAL = {  # by whether scaling is weak
    False: "as many times as there are workers",
    True: "N workers do N times the work in the time of one, T(1) / T(N) is 100 %",
}
SPREAD = 0.06  # octaves between the executors in colour: ties stay legible


def wanted(results: Results) -> bool:
    """Whether a case has several cells."""
    return bool(contested(results))


@styled
def draw(results: Results) -> Figure:
    """The chart. The executors in colour stand at fixed places beside their worker count, the others behind them at it."""
    cells = scaling(results.table)
    look = drawn(results, cells, answers(results, cells))
    measured = how_measured(results, cells, "band and bar")
    page = Page(
        f"{gained(results, cells)}, by workers{'' if weak(results) else ' (strong scaling)'}",
        f"{measured} Small points: single rounds. {IN_COLOUR} Ideal: {_IDEAL[weak(results)]}, up to the effective CPUs, "
        "or to the tasks where these wait.",
    )
    page.legend(_handles(look), 6)
    columns = min(3, len(contested(results)) or 1)
    for file, label in enumerate(results.labels):
        page.heading(label, results)
        for chunk in chunks(contested(results, file), columns):
            upper = page.captioned(list(chunk), columns, 2.35, margin=0.62, gap=0.55)
            page.space(0.13)
            lower = page.row(len(chunk), columns, 1.05, margin=0.62, gap=0.55)
            for case, above, below in zip(chunk, upper, lower):
                _Panels(results, cells, look[file, case], file, case).draw(above, below)
            upper[0].set_ylabel("scaled speedup" if weak(results) else "speedup")
            lower[0].set_ylabel("T(1) / T(N) (%)" if weak(results) else "efficiency (%)")
            page.space(0.55)
    page.failures(results, "hollow marker at the bottom, or a word where no worker count has any")
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
        self.coloured = [name for name, one in look.items() if not (one.grey or one.baseline)]

    def place(self, executor: str, workers: int) -> float:
        """Where the executor stands: those in colour side by side, the others at the worker count."""
        if executor not in self.coloured:
            return float(workers)
        return float(workers * 2 ** (SPREAD * (self.coloured.index(executor) - (len(self.coloured) - 1) / 2)))

    def draw(self, above: Axes, below: Axes) -> None:
        if not self.cells:
            nothing(above, "all failed")
            return nothing(below, "")
        for axes in (above, below):
            self._scenery(axes)
        above.set_yscale("log", base=2)
        above.yaxis.set_minor_locator(NullLocator())
        above.tick_params(labelbottom=False)
        highs = [cell.efficiency.high for cell in self.cells if cell.efficiency and self._coloured(cell)]
        below.set_ylim(0, 118 * max([1.0, *highs]))
        below.yaxis.set_major_locator(FixedLocator([0, 50, 100]))
        below.set_xlabel("workers")
        self._ideal(above, below)
        for executor in self.look:
            self._line(above, below, executor)
        if not any(cell.speedup for cell in self.cells):
            above.text(0.5, 0.5, "nothing to compare with", transform=above.transAxes, ha="center")
        self._hollow(above)
        bottom, top = above.get_ylim()
        above.set_ylim(bottom / (top / bottom) ** 0.1, top)  # room for the hollow markers
        base = 10.0 if top / bottom > 2**12 else 2.0
        stride = base ** math.ceil(math.log(top / bottom, base) / 7)  # 1 is always among them
        powers = range(math.ceil(math.log(bottom, stride)), math.floor(math.log(top, stride)) + 1)
        above.yaxis.set_major_locator(FixedLocator([stride**power for power in powers]))
        above.yaxis.set_major_formatter(FuncFormatter(_ratio))

    def _coloured(self, cell: Scaling) -> bool:
        return cell.contender in self.coloured

    def _scenery(self, axes: Axes) -> None:
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_locator(FixedLocator(self.counts))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        side = 2**0.25
        axes.set_xlim(self.counts[0] / side, self.counts[-1] * side)
        axes.grid(axis="y", color=GRID)
        if self.cpus and self.counts[0] / side <= self.cpus <= self.counts[-1] * side:
            axes.axvline(self.cpus, color=SOFT, linewidth=1, linestyle=(0, (2, 2)), zorder=1, label="_cpus")

    def _ideal(self, above: Axes, below: Axes) -> None:
        """No more than the workers and the tasks, and where tasks compute, no more than the CPUs."""
        limit: float = max(cell.tasks for cell in self.cells) or math.inf
        if self.cpus and not self.samples["waits"].any():
            limit = min(limit, self.cpus)
        ends = (self.counts[0], above.get_xlim()[1])
        x = np.union1d(np.geomspace(*ends, 65), np.clip(limit, *ends))
        y = np.minimum(x, limit)
        for axes, ideal in ((above, y), (below, 100 * y / x)):
            axes.plot(x, ideal, color=INK, linewidth=1, linestyle=":", zorder=2, label="_ideal")
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
            median = [interval.median for interval in intervals]
            axes.plot(x, median, markersize=2 if look.grey else 4.6, label=executor, **look.fields())
            if look.grey:
                continue
            sure = [(at, one.low, one.high) for at, one in zip(x, intervals) if certain(one)]
            at_sure, low, high = zip(*sure) if sure else ((), (), ())
            axes.fill_between(
                at_sure, low, high, color=look.color, alpha=0.13, linewidth=0, zorder=look.above - 1
            )
            axes.vlines(at_sure, low, high, color=look.color, linewidth=1, alpha=0.7, zorder=look.above)
        if look.grey:
            return
        base = serial(self.samples)["real"]
        for cell, at in zip(mine, x):
            ratios = paired(base, rounds(self.samples, executor, cell.workers)["real"] / cell.work)
            dots = {"marker": "o", "markersize": 2, "markeredgewidth": 0, "linestyle": "", "alpha": 0.5}
            x_of_all = np.full(len(ratios), at)
            above.plot(x_of_all, ratios, color=look.color, zorder=look.above, label="_rounds", **dots)

    def _hollow(self, axes: Axes) -> None:
        """At the worker counts that failed; who has no number at all is named."""
        measured = {cell.contender for cell in self.cells}
        for executor, workers in zip(self.failures["contender"], self.failures["workers"]):
            if executor not in measured:
                continue
            look = self.look[executor]
            at = workers if look.baseline else self.place(executor, workers)
            axes.plot(
                [at], [0.045], transform=axes.get_xaxis_transform(), marker=look.marker, markersize=6.5, linestyle="",
                markerfacecolor="none", markeredgecolor=look.color, clip_on=False, zorder=7, label="_failed",
            )  # fmt: skip
        if nobody := sorted({*self.failures["contender"]} - measured):
            words = shortened(printable(f"all failed: {', '.join(nobody)}"), 38)
            axes.text(0.02, 0.04, words, transform=axes.transAxes, size=8, color=SOFT)


def _handles(look: dict[Place, dict[str, Look]]) -> list[Line2D]:
    ideal = Line2D([], [], color=INK, linewidth=1, linestyle=":", label="ideal")
    cpus = Line2D([], [], color=SOFT, linewidth=1, linestyle=(0, (2, 2)), label="effective CPUs")
    return [*handles(look.values()), ideal, cpus]


def _ratio(value: float, _: int) -> str:
    """A power of two or ten as people write it: 1/8, 1, 64, 1/100k."""
    if value >= 1:
        return f"{value:g}"
    size, letter = next(step for step in ((1e6, "M"), (1e3, "k"), (1, "")) if value * step[0] <= 1)
    return f"1/{1 / value / size:.0f}{letter}"
