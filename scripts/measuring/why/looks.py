"""A closer look at the cells that lose their time, for pictures: stacks of functions, and a trace that Perfetto opens."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from scripts.analysis.why.stacks import folded, speedscope, stacks
from scripts.measuring.catalogue import Cell, Json
from scripts.measuring.sample import Outcome
from scripts.measuring.schedule import Turn
from scripts.measuring.subject import Change, Conditions, Sampler
from scripts.measuring.why.session import Session
from scripts.measuring.why.symbols import resolved

MOST = 6  # cells
SAMPLES, TIMELINE = "samples", "timeline"  # the observers
LONGER = "--benchmark_min_time=1s"  # for stacks: a tick of the kernel is 1 to 10 ms


def look(session: Session, names: Sequence[str], folder: Path) -> list[Json]:
    """The evidence, of those that could be observed; traces and stacks are written beside it, by the names of the cells. What
    cannot be had is left out: no verdict hangs on a picture."""
    request, found = session.request, list[Json]()
    cells = [cell for cell in request.plan.cells if cell.name in names[:MOST]]
    observers = {SAMPLES, TIMELINE} & request.catalogue.observers
    if not cells or not observers or session.interruption.requested or session.spent > request.max_time:
        return []
    arms = {each: _arm(request.subject.sample, each, session.shared, folder) for each in sorted(observers)}

    def wanted(number: int) -> Collection[str]:
        return {cell.name for cell in cells} if number == 0 else ()

    def take(turn: Turn, outcome: Outcome) -> None:
        for one in outcome.evidence:
            if one.get("observer") == turn.arm:
                found.append(resolved(one) if turn.arm == SAMPLES else one)

    (folder / "traces").mkdir(exist_ok=True)
    session.runner(cells, arms, request.subject.sample).run(
        wanted, take, lambda turn: session.interruption.requested
    )
    _write(found, folder / "stacks")
    return found


def _arm(sampler: Sampler, observer: str, shared: list[str], folder: Path) -> Change:
    def sample(cell: Cell, how: Conditions) -> Outcome:
        more = (
            [LONGER]
            if observer == SAMPLES
            else [f"--trace={(folder / 'traces' / file_name(cell.name)).absolute()}.json"]
        )
        timing = [
            text for text in how.timing if observer != SAMPLES or not text.startswith("--benchmark_min_time")
        ]
        return sampler(cell, replace(how, timing=[*timing, f"--observe={observer}", *more]))

    return Change(shared, sampler=sample)


def _write(found: Sequence[Json], folder: Path) -> None:
    for name, of in stacks(found).items():
        folder.mkdir(exist_ok=True)
        (folder / f"{file_name(name)}.folded").write_text(folded(of), encoding="utf-8")
        (folder / f"{file_name(name)}.speedscope.json").write_text(
            json.dumps(speedscope(of)), encoding="utf-8"
        )


def file_name(cell: str) -> str:
    """Of a cell, whatever its parameters are: without what directories and shells know."""
    return re.sub(r"[^\w.-]+", "-", cell)[:120]
