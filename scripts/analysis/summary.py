"""What one results file found, as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scripts.analysis.cold import Cold, cold
from scripts.analysis.metg import Metg, metg
from scripts.analysis.answers.answer import ENOUGH, Answer, answers, undisturbed
from scripts.analysis.scaling import Scaling, at_best, by_case, scaling
from scripts.analysis.scatter import Correlation, pooled
from scripts.analysis.table import Cell, Failed, Results, grouped

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class CaseSummary:
    """One case: each contender at its own best worker count, fastest first, or all worker counts of the only one; and the
    answer."""

    case: str
    rows: tuple[Scaling, ...]
    answer: Answer
    alone: bool  # one cell, which there is nothing to choose from


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
    cold: tuple[Cold, ...]
    failures: tuple[Failed, ...]
    rounds: int  # the most samples that any cell has
    short: int  # cells of too few samples for an interval
    quiet: bool  # as undisturbed() has it
    settled: Settled

    def as_json(self) -> dict[str, Any]:
        """The answers first."""
        chosen = [case.answer.as_json() for case in self.cases if not case.alone]
        return {"answers": chosen, **vars(self)}


def summarise(results: Results, file: int = 0) -> Summary:
    """The Summary of one of the loaded files."""
    table = results.table[results.table["file"] == file]
    statistics = results.cells[file] if results.cells else {}
    cells = scaling(table)
    blocks = by_case(cells)
    failed = set(results.failures["case"][results.failures["file"] == file])
    cases = [
        CaseSummary(
            case,
            tuple(shown(blocks[file, case])),
            found,
            len(blocks[file, case]) == 1 and case not in failed,
        )
        for (_, case), found in answers(results, cells).items()
    ]
    return Summary(
        label=results.labels[file],
        context=results.contexts[file],
        cases=tuple(cases),
        metg=tuple(metg(table)),
        cold=tuple(one for one in cold(results) if one.file == file),
        failures=tuple(grouped(results.failures[results.failures["file"] == file])),
        rounds=max((cell.real.samples for cell in cells), default=0),
        short=sum(cell.real.samples < ENOUGH for cell in cells),
        quiet=undisturbed(statistics),
        settled=settled(statistics, table),
    )


def shown(cells: Sequence[Scaling]) -> Sequence[Scaling]:
    """Of one case, what a table has room for."""
    if len({cell.contender for cell in cells}) > 1:
        return at_best(cells)
    return sorted(cells, key=lambda cell: cell.workers)


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
