"""A figure of fixed width, filled from the top in inches: everything takes its own room, nothing overlaps."""

from __future__ import annotations

import textwrap
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plots.style import INK, SOFT
from scripts.analysis.table import Failed, Results, grouped
from scripts.analysis.text import kind_label, printable, shortened, where

WIDTH = 10.0  # inches: 1,000 pixels at 100 dpi
EDGE = 0.2  # free on all four sides
LINE = 0.155  # the height of a line of text at 8 points
CHARACTER = 0.062  # the mean width of a character at 8 points, and a bit
NOTES = 8  # of what has no number, on a chart


class Page:
    """Takes titles, rows of panels and notes in order; `finish` sets the height and places each of them."""

    def __init__(self, title: str, subtitle: str) -> None:
        self.figure = Figure(figsize=(WIDTH, 1.0))
        self.down = EDGE
        self._axes: list[tuple[Axes, float, float, float, float]] = []
        self._texts: list[tuple[Any, float]] = []
        self._legends: list[tuple[Any, float]] = []
        self.text(title, size=13, room=0.26, weight="bold")
        self.text(subtitle, color=SOFT)
        self.space(0.08)

    def space(self, inches: float) -> None:
        self.down += inches

    def text(self, words: str, size: float = 8, room: float = LINE, most: int = 9, **how: Any) -> None:
        """Words over the page's width, wrapped, at most `most` lines."""
        wide = int((WIDTH - 2 * EDGE) / (CHARACTER * size / 8))
        for line in textwrap.wrap(printable(words), wide, max_lines=most, placeholder=" …"):
            text = self.figure.text(EDGE / WIDTH, 0, line, size=size, va="top", **how)
            self._texts.append((text, self.down))
            self.down += room

    def heading(self, words: str, results: Results) -> None:
        """Over what one file shows, where there are several."""
        if len(results.labels) > 1:
            self.text(words, size=11, room=0.2, weight="bold")

    def legend(self, handles: list[Any], columns: int) -> None:
        """A legend over the page's width, read row by row."""
        columns = min(columns, len(handles))
        by_column = [handle for first in range(columns) for handle in handles[first::columns]]
        legend = self.figure.legend(
            handles=by_column, ncol=columns, loc="upper left", borderaxespad=0, borderpad=0, handlelength=3.2
        )
        for text in legend.get_texts():
            text.set_text(shortened(printable(text.get_text()), 24))
        self._legends.append((legend, self.down))
        self.down += 0.175 * -(-len(handles) // columns) + 0.12

    def row(self, panels: int, columns: int, height: float, margin: float, gap: float) -> list[Axes]:
        """`panels` axes on a grid of `columns`, `margin` inches from the left edge and `gap` inches apart."""
        width = (WIDTH - 2 * EDGE - margin - (columns - 1) * gap) / columns
        row = []
        for index in range(panels):
            axes = self.figure.add_axes([0, 0, 1, 1], label=f"panel {len(self._axes)}")
            self._axes.append((axes, EDGE + margin + index * (width + gap), self.down, width, height))
            row.append(axes)
        self.down += height
        return row

    def captioned(
        self, cases: list[str], columns: int, height: float, margin: float, gap: float
    ) -> list[Axes]:
        """A row of panels, one a case, each under the case's name."""
        wide = int(((WIDTH - 2 * EDGE - margin + gap) / columns - gap) / CHARACTER)
        names = [printable(case).partition("/") for case in cases]
        parameters = [
            textwrap.wrap(_parameters(words, wide - 2), wide, max_lines=2, placeholder=" …")
            for _, _, words in names
        ]
        lines = max(map(len, parameters))
        self.space((lines + 1) * LINE + 0.1)
        row = self.row(len(cases), columns, height, margin, gap)
        how = {"xy": (0, 1), "xycoords": "axes fraction", "textcoords": "offset points", "va": "top"}
        for axes, (workload, _, _), words in zip(row, names, parameters):
            top = 72 * (lines + 1) * LINE + 5
            name = shortened(workload, int(0.75 * wide))  # larger, and bold
            axes.annotate(name, xytext=(0, top), size=9.5, weight="bold", **how)
            axes.annotate("\n".join(words), xytext=(0, top - 13), size=8, color=SOFT, **how)
        return row

    def failures(self, results: Results, mark: str) -> None:
        """The footnote: what has no number, and why."""
        if failed := [_note(one, results) for one in grouped(results.failures)]:
            self.space(0.08)
            self.notes(f"No number ({mark}):", failed, "the report has all")

    def notes(self, heading: str, notes: list[str], rest: str) -> None:
        """Notes under a heading, as many as there is room for; `rest` says where the others are."""
        self.text(heading, color=INK, weight="bold")
        for words in notes[:NOTES]:
            self.text(words, color=SOFT, most=2)
        if len(notes) > NOTES:
            self.text(f"… and {len(notes) - NOTES} more; {rest}.", color=SOFT)

    def finish(self) -> Figure:
        """The figure, as high as what is on it."""
        height = self.down + EDGE
        self.figure.set_size_inches(WIDTH, height)
        for axes, x, top, width, tall in self._axes:
            axes.set_position([x / WIDTH, 1 - (top + tall) / height, width / WIDTH, tall / height])
        for text, top in self._texts:
            text.set_y(1 - top / height)
        for legend, top in self._legends:
            legend.set_bbox_to_anchor((EDGE / WIDTH, 1 - top / height), self.figure.transFigure)
        return self.figure


def _parameters(words: str, most: int) -> str:
    """kernel:primes/tasks:256 as "kernel primes, tasks 256", each at most `most` characters long."""
    return ", ".join(shortened(one.replace(":", " ", 1), most) for one in words.split("/"))


def _note(failed: Failed, results: Results) -> str:
    file = f"{results.labels[failed.file]}: " if len(results.labels) > 1 else ""
    return f"{file}{where(failed.contender, failed.cells)}: {kind_label(failed.kind)}: {failed.reason}"
