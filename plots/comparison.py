"""Time per batch of each executor at its best worker count: sorted dots, a panel a case, files abreast. Cases that differ in
one parameter alone share a panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from plots.rows import alone, kinds
from plots.leading import IN_COLOUR, drawn, handles
from plots.page import Page

from plots.panels import (
    Place, bars, chunks, column, competitor_of, contested, dot, how_measured, logarithmic, nothing, over, per,
    timed,
)  # fmt: skip
from plots.style import SOFT, Look, styled
from scripts.analysis.answers.answer import Answer, answers
from scripts.analysis.scaling import Scaling, at_best, by_case, scaling
from scripts.analysis.table import Results
from scripts.analysis.text import kind_label, printable, shortened

COLUMNS = 2
BESIDE = " Bold: may be the best. Vertical line: {}."
ROW = 0.2  # inches a dot
DOTS = 0.66  # of a panel's width; the rest is for the words beside
FILES: list[dict[str, Any]] = [  # how their dots differ; the colour stays the executor's
    {"marker": "o"}, {"marker": "o", "markerfacecolor": "white"},
    {"marker": "s"}, {"marker": "s", "markerfacecolor": "white"},
]  # fmt: skip


@styled
def draw(results: Results) -> Figure:
    """The chart; several files stand as neighbouring dots of one executor."""
    cells = scaling(results.table)
    found = answers(results, cells)
    look = drawn(results, cells, found)
    chosen_from = contested(results)
    swept = kinds.swept(chosen_from)
    together = {case for group in swept.values() for case in group}
    single = [case for case in chosen_from if case not in together]
    page = Page(
        f"{per(results).capitalize()} of each {competitor_of(results)} at its best number of workers (left is better)",
        f"{how_measured(results, cells, 'line')} Time is logarithmic. {IN_COLOUR if chosen_from else ''}{BESIDE.format(over(cells)) if single else ''}",
    )
    files = len(results.labels)
    if files > 1:
        style = {"color": SOFT, "linestyle": ""}
        page.legend(
            [Line2D([], [], label=label, **style, **_of(file)) for file, label in enumerate(results.labels)],
            4,
        )
    if together:
        shown = [one for (_, case), one in look.items() if case in together]
        page.legend(handles(shown, linestyle="", marker="o"), 6)
    columns = min(COLUMNS, len(single))
    for chunk in chunks(single, COLUMNS):
        panels = [_Panel(results, cells, case, found) for case in chunk]
        rows = max(panel.rows for panel in panels)
        row = page.captioned(list(chunk), columns, ROW * rows + 0.1, margin=1.25, gap=1.4)
        for axes, panel in zip(row, panels):
            panel.draw(axes, look, rows)
        page.space(0.6)
    choices = set(chosen_from)
    others = [cell for cell in cells if cell.case not in choices]
    for file, label in enumerate(results.labels if swept or others else []):
        page.heading(label, results)
        mine = [cell for cell in others if cell.file == file]
        alone.panels(page, mine, look, per(results), beside=bool(chosen_from))
        for caption, group in swept.items():
            kinds.panel(page, file, caption, group, by_case(cells), found, look)
    page.failures(results, "a word in place of a dot, or a worker count left out of the choice")
    return page.finish()


def _of(file: int) -> dict[str, Any]:
    return FILES[file % len(FILES)]


class _Panel:
    """One case: its executors fastest first, a dot for each file."""

    def __init__(
        self, results: Results, cells: Sequence[Scaling], case: str, found: Mapping[Place, Answer]
    ) -> None:
        self.case = case
        self.words = per(results)
        self.tied = {name for (_, where), answer in found.items() if where == case for name in answer.tied}
        # By executor and file: the cell, or the kind of its failure.
        self.dots: dict[str, dict[int, Scaling | str]] = {}
        here = by_case(cell for cell in cells if cell.case == case)
        self.cells = [cell for group in here.values() for cell in at_best(group)]
        for cell in sorted(self.cells, key=lambda cell: cell.pace.median):
            self.dots.setdefault(cell.contender, {})[cell.file] = cell
        failures = results.failures[results.failures["case"] == case]
        for file, executor, kind in zip(failures["file"], failures["contender"], failures["kind"]):
            self.dots.setdefault(executor, {}).setdefault(file, kind_label(kind))
        self.gap = 0.5 if len(results.labels) > 1 else 0.0  # between executors, in dots
        self.rows = sum(len(files) + self.gap for files in self.dots.values())

    def draw(self, axes: Axes, look: Mapping[Place, Mapping[str, Look]], rows: float) -> None:
        if not self.cells:
            return nothing(axes, "all failed")
        bars(axes, rows)
        logarithmic(axes, [cell.pace for cell in self.cells], DOTS, self.words)
        places = []
        y = 0.0
        for executor, files in self.dots.items():
            places.append(y + (len(files) - 1) / 2)
            for file, one in sorted(files.items()):
                if isinstance(one, str):
                    column(axes, one, DOTS, y, SOFT)
                else:
                    dot(axes, one.pace, y, look[file, self.case][executor], **_of(file))
                    column(axes, timed(one), DOTS, y)
                y += 1
            y += self.gap
        axes.set_yticks(places, [shortened(printable(name), 17) for name in self.dots])
        for text, executor in zip(axes.get_yticklabels(), self.dots):
            text.set_fontweight("bold" if executor in self.tied else "normal")
        for cell in self.cells:
            if cell.baseline:
                color = look[cell.file, self.case][cell.contender].color
                axes.axvline(cell.pace.median, color=color, linewidth=1, zorder=1)
