"""Failures, brought together where one cause stopped many cells."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from scripts.analysis.table import Cell, parse_name

UNAVAILABLE = "unavailable"  # the kind that is no fault of the run

# The kinds of failure as people call them; of any other, its own name is good enough.
WORDS = {
    "build": "cannot be built",
    "open": "workers not started",
    "receipt": "wrong or missing answer",
    "run": "failed while timed",
    "timeout": "time-out",
    "memory": "out of memory",
    "threads": "out of threads",
    "placement": "not on its CPUs",
}


def in_words(kind: str) -> str:
    return WORDS.get(kind, kind)


@dataclass(frozen=True)
class Failed:
    """One executor, kind and reason in one file, with every cell that it stopped."""

    file: int
    executor: str
    kind: str
    reason: str
    cells: tuple[Cell, ...]

    @property
    def words(self) -> str:
        """The kind, in plain words."""
        return in_words(self.kind)

    @property
    def where(self) -> str:
        """The cell's name; of several, how many and the executor's name."""
        if len(self.cells) == 1:
            return self.cells[0].name
        return f"{self.executor} ({len(self.cells)} cells, the first {self.cells[0].name})"


def grouped(failures: pd.DataFrame) -> list[Failed]:
    """The failures by file, executor, kind and reason, in the order of the table."""
    found: dict[tuple[int, str, str, str], list[Cell]] = {}
    for row in failures.to_dict("records"):
        key = (row["file"], row["executor"], row["kind"], row["reason"])
        found.setdefault(key, []).append(parse_name(row["name"]))
    return [Failed(*key, tuple(cells)) for key, cells in found.items()]
