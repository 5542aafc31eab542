"""On a terminal, in the characters that its encoding has; coloured on a terminal alone (and not under NO_COLOR).

As wide as COLUMNS says, or the terminal. Lines break at blanks alone, so a name is never broken and nothing is cut: what
has to be wider is.
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Sequence
from itertools import zip_longest
from typing import TextIO

import rich.text
from rich.cells import cell_len
from rich.console import Console

from scripts.analysis.text import encodable, printable
from scripts.reports import Block, Heading, Notes, Report, Table, Text

PLAIN = 120  # columns where it is no terminal, and COLUMNS does not say
SNUG = 24  # columns that sentences in a table get at least


def render(report: Report, out: TextIO, width: int | None = None) -> None:
    columns = os.environ.get("COLUMNS", "")
    asked = int(columns) if columns.isdecimal() and int(columns) else None if out.isatty() else PLAIN
    screen = Console(file=out, highlight=False, width=width or asked)
    _text(screen, report.title, "bold")
    for block in report.blocks:
        _print(screen, block)
    if report.conclusion:
        _text(screen, report.conclusion.text, report.conclusion.style)


def _print(screen: Console, block: Block) -> None:
    if isinstance(block, Table):
        _table(screen, block)
    elif isinstance(block, Heading):
        screen.print()
        _text(screen, block.text, "bold")
    elif isinstance(block, Text):
        _text(screen, block.text, block.style, block.indent)
    elif isinstance(block, Notes):
        for text in block.texts:
            _text(screen, text, "dim")


def _text(screen: Console, words: str, style: str = "", indent: int = 0) -> None:
    for line in _wrapped(_shown(screen, words), max(1, screen.width - indent)):
        _line(screen, " " * indent + line, style)


def _shown(screen: Console, words: str) -> str:
    return encodable(printable(words), screen.encoding)


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]


def _line(screen: Console, line: str, style: str) -> None:
    screen.print(rich.text.Text(line.rstrip(), style), soft_wrap=True)


def _table(screen: Console, table: Table) -> None:
    """Where names leave too little room, each stands on a line of its own, above the rest of its row."""
    columns = table.columns
    heads = [[_shown(screen, line) for line in (one.tall or one.heading).split("\n")] for one in columns]
    rows = [[_shown(screen, cell) for cell in row] for row in table.rows]
    texts = [[*head, *(row[index] for row in rows)] for index, head in enumerate(heads)]
    widest = [max(map(cell_len, column)) for column in texts]
    words = [max(cell_len(word) for text in column for word in text.split() or [""]) for column in texts]
    least = [
        max(words[i], min(widest[i], SNUG)) if columns[i].wraps else widest[i] for i in range(len(columns))
    ]
    kept = list(range(len(columns)))

    def spare() -> int:
        return screen.width - sum(least[index] + 1 for index in kept) + 1

    names = kept.pop(0) if columns[0].wraps and spare() < 0 else None
    margin = "" if names is None else "  "
    for _, index in sorted(
        (columns[index].dispensable, index) for index in kept if columns[index].dispensable
    ):
        if spare() < len(margin):
            kept.remove(index)
    for index in kept:
        if columns[index].wraps:
            least[index] += max(0, min(spare() - len(margin), widest[index] - least[index]))

    def put(cells: Sequence[Sequence[str]], style: str) -> None:
        for parts in zip_longest(*cells, fillvalue=""):
            padding = [" " * (least[index] - cell_len(part)) for index, part in zip(kept, parts)]
            aligned = [
                blank + part if columns[index].right else part + blank
                for index, part, blank in zip(kept, parts, padding)
            ]
            _line(screen, margin + " ".join(aligned), style)

    tall = max(len(heads[index]) for index in kept)
    if names is not None:
        _line(screen, " ".join(heads[names]), "dim")
    if any(any(heads[index]) for index in kept):
        put([[""] * (tall - len(heads[index])) + heads[index] for index in kept], "dim")
    for number, row in enumerate(rows):
        style = table.styles[number] if table.styles else ""
        if names is not None:
            _line(screen, row[names], style)
        put([_wrapped(row[i], least[i]) if columns[i].wraps else [row[i]] for i in kept], style)
