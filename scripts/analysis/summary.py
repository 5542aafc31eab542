"""What one results file found, as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from scripts.analysis.interval import NOMINAL
from scripts.analysis.metg import Metg, metg
from scripts.analysis.scaling import Best, Scaling, at_best, best, by_case, scaling
from scripts.analysis.scatter import Correlation, pooled
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
    correlation: Correlation | None  # of samples with those of the round before, over all cells
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
    short: int  # intervals shown that are of too few samples for 95 %
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
        short=sum(one.coverage < NOMINAL for cell in cells for one in (cell.real, cell.speedup) if one),
        settled=settled(results.cells[file] if results.cells else {}, table),
    )


def settled(cells: Mapping[str, Cell], table: pd.DataFrame) -> Settled:
    """Of the cells that a run has statistics of, and its table."""
    measured = [cell for cell in cells.values() if "stop_reason" in cell]
    marks: Counter[str] = Counter()
    for cell in measured:
        marks.update(cell.get("marks", {}))
    return Settled(
        len(measured),
        Counter(str(cell["stop_reason"]) for cell in measured),
        follows(table) if measured else None,
        sum(int(cell["samples"]) for cell in measured),
        sum(int(cell.get("disturbed", 0)) for cell in measured),
        marks,
    )


def follows(table: pd.DataFrame) -> Correlation | None:
    """How the samples of one file follow those of the round before, over all of its cells."""
    ordered = table.sort_values("round")
    return pooled([times.tolist() for _, times in ordered.groupby("name")["real"]])
