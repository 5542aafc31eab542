"""Reports, and what renders them: every module here with a `render(report, out)` is a renderer, named as its file."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TextIO


@dataclass(frozen=True)
class Column:
    heading: str
    tall: str = ""  # the heading on two lines, where a terminal is narrow
    right: bool = False
    wraps: bool = False
    dispensable: int = 0  # above 0: in which order narrow terminals lose it


@dataclass(frozen=True)
class Table:
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    styles: Sequence[str] = ()  # of the rows, as rich has them


@dataclass(frozen=True)
class Heading:
    text: str


@dataclass(frozen=True)
class Text:
    text: str
    style: str = ""
    indent: int = 0  # characters, where there are columns


@dataclass(frozen=True)
class Notes:
    """Sentences that stand beside the tables."""

    texts: Sequence[str]


Block = Table | Heading | Text | Notes
ROWS = 500  # of one table, or of all cases together: beyond, people do not read, and terminals take minutes


def beyond(count: int, what: str) -> list[Block]:
    """The line in place of so many rows that are not shown; nothing where there are none."""
    return [Text(f"… and {count} more {what}; --format=json has all.")] if count > 0 else []


@dataclass(frozen=True)
class Report:
    """What there is to say, independent of the form. Nothing here is escaped: each renderer does that.

    `conclusion` sums it all up. `annotations` are for CI. `data` makes the whole as JSON, which few
    forms need. `status` is the exit status that
    it calls for. `rows` are for forms that are one table; without them it has the "cells" of `data`.
    """

    title: str
    blocks: Sequence[Block]
    data: Callable[[], Mapping[str, Any]]
    conclusion: Text | None = None
    annotations: Sequence[tuple[Literal["error", "warning"], str]] = field(default_factory=list)
    status: int = 0
    rows: Callable[[], Iterable[Mapping[str, Any]]] | None = None


Render = Callable[[Report, TextIO], None]


def renderers() -> list[str]:
    """The names of all renderers. Nothing is imported: help has to work before packages are there."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return [file.stem for file in files if "\ndef render(" in file.read_text()]


def show(report: Report, form: str) -> int:
    """Prints the report in one of the forms; returns the exit status that it calls for."""
    render: Render = importlib.import_module(f"{__name__}.{form}").render
    render(report, sys.stdout)
    return report.status
