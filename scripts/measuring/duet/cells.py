"""Which cells two builds have in common, and what only one of them has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scripts.measuring import catalogue, plan
from scripts.measuring.catalogue import Catalogue
from scripts.measuring.duet.sides import Side
from scripts.measuring.plan import Cell, Plan, Selection
from scripts.measuring.profile import Profile
from scripts.measuring.usage import UsageError


@dataclass(frozen=True)
class Card:
    """What is on: the cells of both builds, in the order of the plan; and why a cell of BASE is none of NEW."""

    cells: tuple[Cell, ...]
    missing: dict[str, str]  # the reason by name
    extra: tuple[str, ...]  # names that only NEW has


def planned(side: Side, name: str, profile: Profile, selection: Selection) -> Plan:
    """What the binary of one side would run; `name` is BASE or NEW, for messages. Raises UsageError."""
    known = read(side, name)
    try:
        return plan.make(known, profile, selection, lambda asked: catalogue.cell_names(side.binary, asked))
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from error


def read(side: Side, name: str) -> Catalogue:
    try:
        return catalogue.read(side.binary)
    except UsageError as error:
        raise UsageError(f"{name}: {str(error).removeprefix('--bench: ')}") from error


def matched(base: Plan, new: Side, profile: Profile, selection: Selection) -> Card:
    """BASE's cells beside what NEW makes of the same arguments: the same name, or it is missing.

    What BASE's plan names may be unknown to NEW, so it is asked cell by cell; only for what it has beyond those does
    it plan itself.
    """
    read(new, "NEW")  # that it answers at all: else every cell would seem to be missing
    cells, missing = [], {}
    for cell in (cell for block in base.blocks for cell in block.cells):
        try:
            found = catalogue.cell_names(new.binary, [*cell.arguments])
        except UsageError as error:
            missing[cell.name] = str(error)
            continue
        if found == [cell.name]:
            cells.append(cell)
        else:
            missing[cell.name] = f"NEW calls it {', '.join(found)}" if found else "NEW has no such cell"
    try:
        names = _names(planned(new, "NEW", profile, selection))
    except UsageError:  # a whole workload or executor is gone: every cell of it is missing, and told
        names = []
    known = set(_names(base))
    return Card(tuple(cells), missing, tuple(name for name in names if name not in known))


def settings_of(settings: Sequence[str], cell: Cell) -> tuple[str, ...]:
    """The arguments that give a cell those of the settings "W.P=V" that are of its workload."""
    return tuple(f"--set={text}" for text in settings if text.partition(".")[0] == cell.name.split("/")[0])


def check_settings(settings: Sequence[str], cells: Sequence[Cell], new: Side) -> None:
    """Raises UsageError where NEW refuses a setting of its own, or where that makes other cells of its cells."""
    for text in settings:
        if not any(settings_of([text], cell) for cell in cells):
            raise UsageError(f"--set-new={text}: write W.P=V, of a workload that both builds run here")
    for cell in cells:
        if mine := settings_of(settings, cell):
            found = catalogue.cell_names(new.binary, [*cell.arguments, *mine])
            if found != [cell.name]:
                raise UsageError(f"--set-new: {' '.join(mine)} makes another cell of {cell.name}")


def _names(found: Plan) -> list[str]:
    return [cell.name for block in found.blocks for cell in block.cells]
