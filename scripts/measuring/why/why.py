"""A `why` from its first sample to its exit status: passes, waterfalls, suspicions, experiments, advice."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.advice.judge import Suspect, advise, healthy, suspects
from scripts.advice.suspicion import Advice
from scripts.analysis.stopping import Stopping
from scripts.analysis.text import plural, printable
from scripts.measuring import catalogue, files, flags, process
from scripts.measuring.catalogue import Cell, Json
from scripts.measuring.running.beginning import beginning
from scripts.measuring.running.request import Request
from scripts.measuring.subject import Subject
from scripts.measuring.why import document
from scripts.measuring.why.experiments import Experiments
from scripts.measuring.why.looks import look
from scripts.measuring.why.findings import Findings, findings
from scripts.measuring.why.passes import Passes
from scripts.measuring.why.plan import said, with_bases
from scripts.measuring.why.session import Session
from scripts.reports.wording import about

Tell = Callable[[Json, Path], int]  # shows the document in the directory, and draws; the exit status


@dataclass(frozen=True)
class Asked:
    """What is to be told why."""

    request: Request
    judged: frozenset[str]  # the cells that were asked for; others are held against
    argv: Sequence[str]
    output: Path | None = None
    patience: float = 0.0  # seconds, for a quiet machine
    experiments: bool = True
    pictures: bool = True


def run(arguments: argparse.Namespace, subject: Subject, argv: Sequence[str], tell: Tell) -> int:
    """Raises UsageError, and KeyboardInterrupt where there is nothing to keep."""
    flags.require_strong(arguments)
    known = catalogue.read(arguments.bench.resolve())
    selection = flags.selection(arguments)
    plan, added = with_bases(subject, selection, known)
    stopping, limit = Stopping(0.0, arguments.rounds), arguments.time_limit or subject.limit
    most = arguments.max_time or math.inf
    request = Request(subject, stopping, most, limit, plan, selection, known, arguments.pin)
    announce(request, added, sys.stdout if arguments.dry_run else sys.stderr)
    if arguments.dry_run:
        return 0
    judged = frozenset(cell.name for cell in plan.cells if cell not in added)
    patience, experiments = arguments.wait_for_quiet or 0, not arguments.no_experiments
    return measure(Asked(request, judged, argv, arguments.output, patience, experiments), tell)


def announce(request: Request, added: Sequence[Cell], stream: Any) -> None:
    takes = f": {about(2 * request.estimate)}" if request.estimate else ""
    each = f"{plural(len(request.plan.cells), 'cell')} x {request.rounds} rounds, by themselves and observed{takes}"
    for line in (said(added), each + "; then the experiments"):
        if line:
            print(printable(line), file=stream)


def measure(asked: Asked, tell: Tell) -> int:
    """Raises UsageError, and KeyboardInterrupt where there is nothing to keep."""
    request, takes = asked.request, 2 * asked.request.estimate
    with beginning("why", document.RESULT, request, asked.argv, asked.output, takes, asked.patience) as at:
        session = Session(request, at.shared, at.interruption, process.clock(), at.journal.append)
        status = tell(_finish(session, asked, at.folder, at.started), at.folder)
        return 130 if at.interruption.requested else status


def _finish(session: Session, asked: Asked, folder: Path, started: str) -> Json:
    """What passes show is written before the experiments, which a second Ctrl-C may end."""
    passes = session.observe()
    if not passes.score.done:
        raise KeyboardInterrupt
    found = findings(asked.request.plan, passes, asked.request.catalogue, asked.judged)
    suspected = {name: suspects(at) for name, at in found.situations.items()}

    def write(tried: Experiments | None) -> Json:
        context = _context(session, asked, passes) | {"started": started}
        unfinished = "interrupted" if context["interrupted"] else "max_time"
        results = document.score(asked.request, passes, context, unfinished)
        files.write(folder / files.RESULTS, results)
        told = document.whole(results, passes, found, _advice(found, suspected, tried), tried)
        files.write(folder / document.RESULT, told)
        return told

    written = write(None)
    tried = session.try_out(found, suspected) if asked.experiments else None
    if asked.pictures:
        lost = sorted(found.situations.values(), key=lambda at: at.waterfall.efficiency.median)
        passes.looks = look(session, [at.name for at in lost if not healthy(at)], folder)
    return write(tried) if tried or passes.looks else written


def _advice(found: Findings, suspected: dict[str, list[Suspect]], tried: Experiments | None) -> list[Advice]:
    advice = []
    for name, at in found.situations.items():
        gains = tried.gains(name, suspected[name]) if tried else {}
        advice += advise(at, suspected[name], gains, tried.blocked.get(name, {}) if tried else {})
    return advice


def _context(session: Session, asked: Asked, passes: Passes) -> Json:
    return {
        "command": ["scripts/fanout", "why", *asked.argv],
        "rounds": passes.score.last + 1,
        **asked.request.context,
        "wall_seconds": round(session.spent, 1),
        "clock_seconds": round(passes.score.inside_clock, 1),
        "interrupted": session.interruption.requested,
    }
