"""On a terminal, in the characters that its encoding has; coloured on a terminal alone (and not under NO_COLOR)."""

from __future__ import annotations

from typing import TextIO

import rich.table
import rich.text
from rich.console import Console
from rich.padding import Padding

from scripts.analysis.text import encodable, printable
from scripts.reports import Block, Column, Heading, Notes, Report, Table, Text

PLAIN = 120  # columns where it is no terminal


def render(report: Report, out: TextIO, width: int | None = None) -> None:
    screen = Console(file=out, highlight=False, width=width or (None if out.isatty() else PLAIN))
    screen.print(_text(screen, report.title, "bold"))
    for block in report.blocks:
        _print(screen, block)
    if report.conclusion:
        screen.print(_text(screen, report.conclusion.text, report.conclusion.style))


def _text(screen: Console, words: str, style: str = "", lines: bool = False) -> rich.text.Text:
    shown = "\n".join(map(printable, words.split("\n"))) if lines else printable(words)
    return rich.text.Text(encodable(shown, screen.encoding), style=style)


def _print(screen: Console, block: Block) -> None:
    if isinstance(block, Table):
        screen.print(_grid(screen, block))
    elif isinstance(block, Heading):
        screen.print()
        screen.print(_text(screen, block.text, "bold"))
    elif isinstance(block, Text):
        screen.print(Padding(_text(screen, block.text, block.style), (0, 0, 0, block.indent), expand=False))
    elif isinstance(block, Notes):
        for text in block.texts:
            screen.print(_text(screen, text, "dim"))


def _grid(screen: Console, table: Table) -> rich.table.Table:
    kept = _fitting(table, screen.width)
    grid = rich.table.Table(box=None, pad_edge=False, collapse_padding=True, header_style="dim")
    for index in kept:
        column = table.columns[index]
        grid.add_column(
            _text(screen, column.tall or column.heading, lines=True),
            justify="right" if column.right else "left",
            overflow="fold",
            no_wrap=not column.wraps,
            min_width=16 if column.wraps else None,
        )
    for number, row in enumerate(table.rows):
        style = table.styles[number] if table.styles else ""
        grid.add_row(*(_text(screen, row[index], style) for index in kept))
    return grid


def _fitting(table: Table, width: int) -> list[int]:
    """The columns that fit into `width` characters, those that wrap taken as narrow as they get."""

    def needed(index: int, column: Column) -> int:
        lines = [*(column.tall or column.heading).split("\n"), *(row[index] for row in table.rows)]
        widest = max(map(len, lines))
        return min(widest, 16) if column.wraps else widest

    kept = list(range(len(table.columns)))
    lose = sorted(
        (column.dispensable, index) for index, column in enumerate(table.columns) if column.dispensable
    )
    for _, index in lose:
        if sum(needed(k, table.columns[k]) + 1 for k in kept) - 1 <= width:
            break
        kept.remove(index)
    return kept
