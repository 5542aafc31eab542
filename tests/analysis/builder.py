"""Small tables with known times, for tests of statistics."""

from __future__ import annotations

from typing import Any, Sequence

from scripts.analysis.table import COLUMNS, FAILURE_COLUMNS, Results, frame, place, roles
from tests.cells import cell_of


def samples(name: str, real: Sequence[float], cpu: Sequence[float] | None = None) -> list[dict[str, Any]]:
    """A cell's samples, round 0, 1, 2 ...; CPU time as real time unless given."""
    return [
        {
            **place(0, cell_of(name)),
            **roles(cell_of(name)),
            "round": number,
            "real": seconds,
            "cpu": (cpu or real)[number],
            "rate": float("nan"),
            "tasks": 100,
            "open": 0.0,
            "run": float("nan"),
            "close": 0.0,
        }
        for number, seconds in enumerate(real)
    ]


def results(*cells: list[dict[str, Any]], failures: Sequence[dict[str, Any]] = ()) -> Results:
    """One file's results of these samples."""
    table = frame([row for cell in cells for row in cell], COLUMNS)
    return Results(table, frame(list(failures), FAILURE_COLUMNS), [{"effective_cpus": 2.0}], ["sample"])


def failure(name: str, kind: str = "crash", reason: str = "killed by SIGSEGV") -> dict[str, Any]:
    return {**place(0, cell_of(name)), "kind": kind, "reason": reason}
