"""Which cells a run still measures, and why the others have no more samples."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from scripts.analysis.answers.race import Race
from scripts.analysis.stopping import Stopping
from scripts.analysis.table import roles
from scripts.measuring.catalogue import Cell
from scripts.measuring.plan import by_case
from scripts.measuring.results import Measured


def stop_reasons(
    cells: Sequence[Cell], stopping: Stopping, unfinished: str, measured: Measured
) -> dict[str, str]:
    """By cell: "precise", "max_rounds"; "behind" or "decided" of those that could not change the answer any more; or why it has
    not enough."""
    found = {}
    for case in by_case(cells).values():
        race = race_of(case, stopping, measured, measured.last + 1)
        racing = race.wanted(measured.last + 1) if race else set()
        for cell in case:
            times = measured.times(cell.name)
            if race and cell.name in race.dropped:
                found[cell.name] = "behind"
            elif stopping.precise(times):
                found[cell.name] = "precise"
            elif stopping.enough(times):
                found[cell.name] = "max_rounds"
            else:
                known = race and cell.name in race.times and cell.name not in racing
                found[cell.name] = "decided" if known else unfinished
    return found


def race_of(cells: Sequence[Cell], stopping: Stopping, measured: Measured, number: int) -> Race | None:
    """Between the warm cells of a case, by what was measured before round `number`; None where there is nothing yet, or where
    each of them is to be precise."""
    if stopping.every:
        return None
    times = {cell.name: paces(cell, measured) for cell in cells if competes(cell)}
    race = Race(times, {cell.name: cell.workers for cell in cells}, stopping.most).before(number)
    return race if race.times else None


def paces(cell: Cell, measured: Measured) -> dict[int, float]:
    """Seconds for the work of one worker, by round."""
    work = roles(cell.entry)["work"]
    return {number: time / work for number, time in measured.by_round(cell.name).items()}


def competes(cell: Cell) -> bool:
    """Not where tasks are made shorter to see from when on executors are efficient: that asks for each of them."""
    return cell.lifecycle == "warm" and math.isnan(roles(cell.entry)["duration"])


def undecided(
    cases: Mapping[str, Sequence[Cell]], number: int, stopping: Stopping, measured: Measured
) -> set[str]:
    """The cells that take part in a round, by what earlier rounds have shown.

    A cell that failed is not tried again: a later success would hide that it fails. The serial loop goes on
    while any competitor does: speedups are ratios within rounds. Where the answer is known, what it stands on is made precise.
    """
    found: set[str] = set()
    for cells in cases.values():
        alive = [cell for cell in cells if cell.name not in measured.failures]
        race = race_of(alive, stopping, measured, number)
        racing = race.wanted(number) if race else set()

        def wanted(cell: Cell) -> bool:
            if race and cell.name in race.times and not cell.baseline and cell.name != race.best:
                return cell.name in racing
            return cell.name in racing or not stopping.enough(measured.times(cell.name, before=number))

        if names := {cell.name for cell in alive if wanted(cell)}:
            found |= names | {cell.name for cell in alive if cell.baseline}
    return found
