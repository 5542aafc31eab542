"""A `load` from its first sample to its exit status."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from scripts.analysis.load.knee import FEWEST
from scripts.analysis.load.slo import Slo
from scripts.analysis.load.latency import OBSERVER
from scripts.analysis.stopping import Stopping
from scripts.analysis.text import listed, plural, printable
from scripts.measuring import catalogue, files, flags, process
from scripts.measuring.catalogue import Json
from scripts.measuring.load import document
from scripts.measuring.load.options import BUDGET, Pressure, pressure
from scripts.measuring.load.samples import Samples
from scripts.measuring.load.session import EXPECTED_STEPS, Session
from scripts.measuring.running.beginning import beginning
from scripts.measuring.running.request import Request
from scripts.measuring.subject import Subject
from scripts.measuring.usage import UsageError
from scripts.reports.wording import about

Tell = Callable[[Json, Path], int]  # shows the document in the directory, and draws; the exit status
PATIENCE = 5.0  # times its duration, that a process over its capacity may take, and START
START = 20.0  # seconds


@dataclass(frozen=True)
class Asked:
    """What is to be put under load, and how."""

    request: Request
    pressure: Pressure
    rates: tuple[float, ...]  # none: the knee is looked for
    slo: Slo | None
    closed: bool
    argv: Sequence[str]
    output: Path | None = None
    patience: float = 0.0  # seconds, for a quiet machine

    @property
    def arms(self) -> list[float | None]:
        return [*self.rates, *([None] if self.closed else [])]

    @property
    def samples(self) -> int:
        """Of a cell."""
        return self.request.rounds * len(self.arms) if self.rates else FEWEST * (EXPECTED_STEPS + 1)

    @property
    def estimate(self) -> float:
        """Seconds."""
        cells = len(self.request.plan.cells)
        return cells * self.samples * (self.pressure.duration + 0.1)


def run(arguments: argparse.Namespace, subject: Subject, argv: Sequence[str], tell: Tell) -> int:
    """Raises UsageError, and KeyboardInterrupt where there is nothing to keep."""
    push = pressure(arguments)
    known = catalogue.read(arguments.bench.resolve())
    if OBSERVER not in known.observers:
        raise UsageError(f"--bench: {arguments.bench} has no observer {OBSERVER}; build it anew")
    selection = flags.selection(arguments)
    plan = subject.plan(selection, known)
    limit = arguments.time_limit or max(subject.limit, START + PATIENCE * push.duration)
    stopping, most = Stopping(0.0, arguments.rounds), arguments.max_time or math.inf
    request = Request(subject, stopping, most, limit, plan, selection, known, arguments.pin)
    patience = arguments.wait_for_quiet or 0
    asked = Asked(
        request, push, arguments.rate, arguments.slo, arguments.closed, argv, arguments.output, patience
    )
    announce(asked, sys.stdout if arguments.dry_run else sys.stderr)
    return 0 if arguments.dry_run else measure(asked, tell)


def announce(asked: Asked, stream: TextIO) -> None:
    push, cells = asked.pressure, plural(len(asked.request.plan.cells), "cell")
    if asked.rates:
        at = listed(
            [*(f"{rate:,.15g}/s" for rate in asked.rates), *(["closed loop"] if asked.closed else [])]
        )
        what = f"{cells} at {at} x {plural(asked.request.rounds, 'round')} of {push.duration:g} s"
    else:
        assert asked.slo
        what = (
            f"{cells}: the highest rate with p{100 * asked.slo.share:g} within {1e3 * asked.slo.seconds:g} ms, "
            f"{about(BUDGET, 'at most')} each"
        )
    print(printable(f"{what}: {about(asked.estimate)}"), file=stream)


def measure(asked: Asked, tell: Tell) -> int:
    """Raises UsageError, and KeyboardInterrupt where there is nothing to keep."""
    request, takes = asked.request, asked.estimate
    with beginning("load", document.RESULT, request, asked.argv, asked.output, takes, asked.patience) as at:
        samples = Samples(at.journal.append)
        session = Session(request, at.shared, at.interruption, process.clock(), asked.pressure, samples)
        _rounds(session, asked)
        if samples.last < 0:
            raise KeyboardInterrupt
        context = _context(session, asked) | {"started": at.started}
        found = document.whole(request, samples, asked.slo, context)
        files.write(at.folder / files.RESULTS, found)
        files.write(at.folder / document.RESULT, document.said(found))
        status = tell(found, at.folder)
        return 130 if at.interruption.requested else status


def _rounds(session: Session, asked: Asked) -> None:
    if asked.rates:
        session.sweep(asked.arms, asked.request.rounds)
    else:
        assert asked.slo
        session.sweep([None], FEWEST)
        session.search(asked.slo, BUDGET)


def _context(session: Session, asked: Asked) -> Json:
    request, push = asked.request, asked.pressure
    return {
        "command": ["scripts/fanout", "load", *asked.argv],
        "rounds": session.samples.last + 1,
        **request.context,
        "wall_seconds": round(session.spent, 1),
        "interrupted": session.interruption.requested,
        "searched": not asked.rates,
        "slo": document.limit(asked.slo),
        "arrivals": push.arrivals,
        "duration": push.duration,
        "queue": push.queue,
        "overflow": push.overflow,
    }
