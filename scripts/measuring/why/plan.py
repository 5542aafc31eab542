"""The cells of a `why`: those that were asked for, and what they lose their time against."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from scripts.analysis.table import SERIAL
from scripts.analysis.text import listed
from scripts.measuring.catalogue import Catalogue, Cell
from scripts.measuring.plan import Plan, Selection
from scripts.measuring.subject import Subject
from scripts.measuring.usage import UsageError


@dataclass(frozen=True)
class Bases:
    """What cells are held against, by their names: the serial loop of their case, and their own one worker."""

    serial: dict[str, Cell]
    alone: dict[str, Cell]

    def of(self, name: str) -> list[Cell]:
        """The serial loop first: the advisor judges by it."""
        return [found[name] for found in (self.serial, self.alone) if name in found]


def bases(cells: Iterable[Cell]) -> Bases:
    """Those that are among the cells."""
    cells = list(cells)
    loops = {_work(cell): cell for cell in cells if cell.baseline}
    single = {_contender(cell): cell for cell in cells if cell.workers == 1 and not cell.baseline}
    others = [cell for cell in cells if not cell.baseline]
    return Bases(
        {cell.name: loops[_work(cell)] for cell in others if _work(cell) in loops},
        {
            cell.name: single[_contender(cell)]
            for cell in others
            if cell.workers > 1 and _contender(cell) in single
        },
    )


def with_bases(subject: Subject, selection: Selection, catalogue: Catalogue) -> tuple[Plan, list[Cell]]:
    """The plan with the bases that it lacks, and those that were added. Raises UsageError."""
    asked = subject.plan(selection, catalogue)
    wanted = {cell.name: cell for cell in asked.cells}
    for wider in _wider(selection):
        try:
            found = subject.plan(wider, catalogue).cells
        except UsageError:  # such as an executor that cannot have one worker: then there is no such base
            continue
        works, contenders = set(map(_work, asked.cells)), set(map(_contender, asked.cells))
        for cell in found:
            loop = cell.baseline and _work(cell) in works
            if loop or cell.workers == 1 and _contender(cell) in contenders:
                wanted.setdefault(cell.name, cell)
    added = [cell for name, cell in wanted.items() if cell not in asked.cells]
    return replace(asked, cells=tuple(wanted.values())), added


def said(added: Iterable[Cell]) -> str:
    """What was added, for people; "" where nothing was."""
    names = list(dict.fromkeys(f"{cell.contender} on {cell.workers}" for cell in added))
    return f"added to hold the others against: {listed(names)}" if names else ""


def _wider(selection: Selection) -> list[Selection]:
    """Selections that have the serial loop, and one worker, too."""
    found = []
    if selection.executors and SERIAL not in selection.executors:
        found.append(replace(selection, executors=(*selection.executors, SERIAL)))
    if selection.workers and "1" not in selection.workers.split(","):
        found.append(replace(selection, workers=f"1,{selection.workers}"))
    return found


def _work(cell: Cell) -> tuple[str, str]:
    return cell.case, cell.lifecycle


def _contender(cell: Cell) -> tuple[str, str, str]:
    return cell.case, cell.lifecycle, cell.contender
