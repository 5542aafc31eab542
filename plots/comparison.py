"""Time per batch of each executor at its best worker count: sorted bars, a panel a case, files abreast."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from plots.page import Page
from plots.panels import bars, beside, cases, chunks, contenders, how_measured, times
from plots.style import INK, SOFT, Look, looks, styled
from scripts.analysis.answers.answer import answers
from scripts.analysis.scaling import Scaling, at_best, scaling
from scripts.analysis.table import Results
from scripts.analysis.text import UNITS, duration, kind_label, printable, shortened, unit_for

COLUMNS = 2
BAR = 0.2  # inches a bar
FILLS = [(1.0, ""), (0.45, ""), (0.2, "////"), (0.2, "....")]  # of a file: share of the colour, and a hatch
CLEAR = {"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}
BARS = 0.62  # of a panel's width; the rest is for the words beside the longest bar
LINEAR_UP_TO = 10  # times the fastest; beyond, the fast bars would have no length


@styled
def draw(results: Results) -> Figure:
    """The chart; several files stand as neighbouring bars of one executor."""
    cells = scaling(results.table)
    look = looks(contenders(results))
    found = answers(results.table, results.contexts, cells)
    tied = {(*place, name) for place, answer in found.items() for name in answer.tied}
    measured = how_measured(results, cells, "line on a bar")
    page = Page(
        "Time per batch of each executor at its best number of workers (shorter is better)",
        f"{measured} Bold: may be the best. Grey line: the serial loop.",
    )
    files = len(results.labels)
    if files > 1:
        fills = [Patch(label=label, **_fill(SOFT, file)) for file, label in enumerate(results.labels)]
        page.legend(fills, 4)
    columns = min(COLUMNS, len(cases(results)))
    for chunk in chunks(cases(results), COLUMNS):
        panels = [_Panel(results, cells, case, tied) for case in chunk]
        rows = max(panel.rows for panel in panels)
        row = page.captioned(list(chunk), columns, BAR * rows + 0.1, margin=1.25, gap=1.4)
        for axes, panel in zip(row, panels):
            panel.draw(axes, look, rows)
        page.space(0.6)
    page.failures(results, "hollow bar, or a worker count left out of the choice")
    return page.finish()


def _fill(color: str, file: int) -> dict[str, Any]:
    """How a file's bars are filled; the colour stays the executor's."""
    share, hatch = FILLS[file % len(FILLS)]
    mixed = [1 - share * (1 - part) for part in to_rgb(color)]
    return {"facecolor": mixed, "edgecolor": color, "linewidth": 0.6, "hatch": hatch}


class _Panel:
    """One case: its executors fastest first, a bar for each file."""

    def __init__(
        self, results: Results, cells: list[Scaling], case: str, tied: set[tuple[int, str, str]]
    ) -> None:
        self.tied = {(file, executor) for file, where, executor in tied if where == case}
        # By executor and file: the cell, or the kind of its failure.
        self.bars: dict[str, dict[int, Scaling | str]] = {}
        chosen = [
            one
            for file in range(len(results.labels))
            for one in at_best(cell for cell in cells if (cell.file, cell.case) == (file, case))
        ]
        for cell in sorted(chosen, key=lambda cell: cell.real.median):
            self.bars.setdefault(cell.contender, {})[cell.file] = cell
        failures = results.failures[results.failures["case"] == case]
        for file, executor, kind in zip(failures["file"], failures["contender"], failures["kind"]):
            self.bars.setdefault(executor, {}).setdefault(file, kind_label(kind))
        self.cells = chosen
        self.gap = 0.5 if len(results.labels) > 1 else 0.0  # between executors, in bars
        self.rows = sum(len(files) + self.gap for files in self.bars.values())

    def draw(self, axes: Axes, look: dict[str, Look], rows: float) -> None:
        bars(axes, rows)
        self._scale(axes)
        places = []
        y = 0.0
        for executor, files in self.bars.items():
            places.append(y + (len(files) - 1) / 2)
            for file, bar in sorted(files.items()):
                self._bar(axes, y, bar, look[executor], file)
                y += 1
            y += self.gap
        axes.set_yticks(places, [shortened(printable(name), 17) for name in self.bars])
        for text, (executor, files) in zip(axes.get_yticklabels(), self.bars.items()):
            bold = any((file, executor) in self.tied for file in files)
            text.set_fontweight("bold" if bold else "normal")
        for cell in self.cells:
            if cell.baseline:
                axes.axvline(cell.real.median, color=look[cell.contender].color, linewidth=1, zorder=1)

    def _scale(self, axes: Axes) -> None:
        """From zero, in one unit; over a wide range logarithmic, each tick with its unit."""
        high = max((cell.real.high for cell in self.cells), default=1e-3)
        low = min((cell.real.low for cell in self.cells), default=1e-3)
        if high <= LINEAR_UP_TO * low:
            times(axes, high, BARS, "time per batch")
        else:
            axes.set_xscale("log")
            axes.set_xlim(low / 2, low / 2 * (2 * high / low) ** (1 / BARS))
            close = high < 1000 * low
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 3) if close else (1,), numticks=7))
            axes.xaxis.set_minor_locator(NullLocator())
            axes.xaxis.set_major_formatter(FuncFormatter(_tick))
            axes.set_xlabel("time per batch (logarithmic)")

    def _bar(self, axes: Axes, y: float, bar: Scaling | str, look: Look, file: int) -> None:
        left, right = axes.get_xlim()
        if isinstance(bar, str):
            linear = axes.get_xscale() == "linear"
            width = 0.08 * (right - left) if linear else left * (right / left) ** 0.08 - left
            axes.barh(y, width, left=left, height=0.74, fill=False, edgecolor=look.color, linewidth=1.2)
            label, at = bar, left + width
        else:
            real = bar.real
            axes.barh(y, real.median - left, left=left, height=0.74, zorder=2, **_fill(look.color, file))
            axes.hlines(y, real.low, real.high, color=INK, linewidth=1.4, zorder=3)
            axes.vlines([real.low, real.high], y - 0.16, y + 0.16, color=INK, linewidth=1, zorder=3)
            plural = "worker" if bar.workers == 1 else "workers"
            label, at = f"{duration(real.median)}, {bar.workers} {plural}", real.high
        beside(axes, label, at, y, zorder=4, bbox=CLEAR)


def _tick(seconds: float, _: int) -> str:
    """A decade with its unit: 10 ms."""
    unit = unit_for(seconds)
    return f"{seconds / UNITS[unit]:g} {unit}"
