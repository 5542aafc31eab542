"""What one results file found, as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scripts.analysis.metg import Metg, metg
from scripts.analysis.scaling import Best, Scaling, at_best, best, by_case, scaling
from scripts.analysis.table import Cell, Failed, Results, grouped


@dataclass(frozen=True)
class CaseSummary:
    """One case: each contender at its own best worker count, fastest first, and which is best."""

    case: str
    rows: tuple[Scaling, ...]
    best: Best


@dataclass(frozen=True)
class Settled:
    """How well a run knows its cells, and what disturbed its samples."""

    cells: int
    stopped: Mapping[
        str, int
    ]  # cells by why they have no more samples: "precise", "max_rounds", "max_time" ...
    correlated: int  # cells in which a sample resembles the one before it
    samples: int
    disturbed: int  # samples
    marks: Mapping[str, int]  # samples by what disturbed them


@dataclass(frozen=True)
class Summary:
    """One results file: where it was measured, what each case showed, and what has no number."""

    label: str
    context: Mapping[str, Any]
    cases: tuple[CaseSummary, ...]
    metg: tuple[Metg, ...]
    failures: tuple[Failed, ...]
    rounds: int  # the most samples that any cell has
    coverage: float  # the least of all intervals shown; 0 without any
    settled: Settled


def summarise(results: Results, file: int = 0) -> Summary:
    """The Summary of one of the loaded files."""
    table = results.table[results.table["file"] == file]
    cells = scaling(table)
    blocks = by_case(cells)
    cases = [
        CaseSummary(found.cell.case, tuple(at_best(blocks[file, found.cell.case])), found)
        for found in best(table, cells=cells)
    ]
    return Summary(
        label=results.labels[file],
        context=results.contexts[file],
        cases=tuple(cases),
        metg=tuple(metg(table)),
        failures=tuple(grouped(results.failures[results.failures["file"] == file])),
        rounds=max((cell.real.samples for cell in cells), default=0),
        coverage=min((cell.real.coverage for cell in cells), default=0.0),
        settled=settled(results.cells[file] if results.cells else {}),
    )


def settled(cells: Mapping[str, Cell]) -> Settled:
    """Of the cells that a run has statistics of."""
    measured = [cell for cell in cells.values() if "stop_reason" in cell]
    marks: Counter[str] = Counter()
    for cell in measured:
        marks.update(cell.get("marks", {}))
    return Settled(
        len(measured),
        Counter(str(cell["stop_reason"]) for cell in measured),
        sum(bool(cell.get("correlated")) for cell in measured),
        sum(int(cell["samples"]) for cell in measured),
        sum(int(cell.get("disturbed", 0)) for cell in measured),
        marks,
    )
