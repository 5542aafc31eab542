"""What `fanout run --why` does after the run: the passes of a `why` on the cells at which executors stop scaling."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from scripts.advice.situation import HEALTHY
from scripts.analysis.scaling import Scaling, scaling
from scripts.analysis.stopping import Stopping
from scripts.analysis.table import Results
from scripts.analysis.text import printable
from scripts.measuring import catalogue, flags
from scripts.measuring.catalogue import Json
from scripts.measuring.running.request import Request
from scripts.measuring.subject import Subject
from scripts.measuring.why import why
from scripts.measuring.why.document import RESULT
from scripts.measuring.why.options import ROUNDS
from scripts.measuring.why.plan import bases, with_bases
from scripts.reports import advised

CELLS = 6  # at most, of which a minute tells
GAIN = 1.05  # in speedup, that more workers have to bring


def stalled(cells: Iterable[Scaling]) -> list[Scaling]:
    """Of each contender the fewest workers that bring no more than fewer did, where they lose beyond doubt; the greatest loss
    first."""
    found: dict[tuple[str, str], Scaling] = {}
    best: dict[tuple[str, str], float] = {}
    for cell in sorted(cells, key=lambda cell: cell.workers):
        key = cell.case, cell.contender
        gained = cell.real.median * GAIN < best.get(key, math.inf)
        best[key] = min(cell.real.median, best.get(key, math.inf))
        if not gained and cell.efficiency and cell.efficiency.high < HEALTHY:
            found.setdefault(key, cell)
    return sorted(found.values(), key=lambda cell: cell.efficiency.median if cell.efficiency else 1.0)


def tell_why(arguments: argparse.Namespace, subject: Subject, results: Results) -> None:
    """Prints at most three lines, and where there is more. Raises UsageError, and KeyboardInterrupt."""
    found = stalled(scaling(results.table))[:CELLS]
    if not found:
        print("no executor stops scaling beyond doubt")
        return
    known = catalogue.read(arguments.bench.resolve())
    selection = flags.selection(arguments)
    plan, _ = with_bases(subject, selection, known)
    names = frozenset(cell.name for cell in found)
    over = bases(plan.cells)
    wanted = names | {base.name for name in names for base in over.of(name)}
    cells = tuple(cell for cell in plan.cells if cell.name in wanted)
    limit = arguments.time_limit or subject.limit
    request = Request(
        subject,
        Stopping(0.0, ROUNDS),
        math.inf,
        limit,
        replace(plan, cells=cells),
        selection,
        known,
        arguments.pin,
    )
    why.announce(request, [], sys.stderr)
    why.measure(why.Asked(request, names, _words(found)), tell)


def _words(found: Sequence[Scaling]) -> list[str]:
    """Of the `why` that measures them."""
    given = {
        "workloads": {cell.workload for cell in found},
        "executors": {cell.executor for cell in found},
        "workers": {str(cell.workers) for cell in found},
    }
    return [f"--{flag}={','.join(sorted(values))}" for flag, values in given.items()]


def tell(document: Json, folder: Path) -> int:
    for line in advised.lines(document):
        print(printable(line))
    print(printable(f"more of it: scripts/fanout report {folder / RESULT}"))
    return 0
