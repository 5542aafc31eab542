"""A `why` from its first sample to its exit status: passes, waterfalls, suspicions, experiments, advice."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from scripts.advice.judge import Suspect, advise, suspects
from scripts.analysis.stopping import Stopping
from scripts.analysis.text import printable
from scripts.measuring import catalogue, files, flags, process
from scripts.measuring.catalogue import Cell, Json
from scripts.measuring.interruption import Interruption
from scripts.measuring.progress import progress
from scripts.measuring.running import quiet
from scripts.measuring.running.request import Request
from scripts.measuring.schedule import UNCHANGED, Runner, Turn
from scripts.measuring.subject import Change, Sampler, Subject, begun
from scripts.measuring.why import document
from scripts.measuring.why.experiments import ROUNDS, Experiments, Trial, trials
from scripts.measuring.why.findings import Findings, findings
from scripts.measuring.why.passes import Passes, arms
from scripts.measuring.why.plan import bases, said, with_bases
from scripts.reports.wording import about

Tell = Callable[[Json, Path], int]  # shows the document and draws; the exit status


@dataclass
class Session:
    """A `why` under way."""

    request: Request
    asked: frozenset[str]  # cells that are judged
    experiments: bool
    shared: list[str]  # settings of all processes
    interruption: Interruption
    keep: Callable[[Json], None]
    clock: float

    @property
    def spent(self) -> float:
        return process.clock() - self.clock

    def over(self, turn: Turn) -> bool:
        """Not before the second round: by then each cell has been seen once."""
        return self.interruption.requested or turn.round > 0 and self.spent > self.request.max_time

    def runner(self, cells: Sequence[Cell], changes: Mapping[str, Change], sampler: Sampler) -> Runner:
        request, timing = self.request, self.request.subject.timing
        wake = self.interruption.wake
        return Runner(cells, request.seed, request.limit, timing, changes, wake, request.cpus, sampler)

    def observe(self) -> Passes:
        """The rounds of score and passes."""
        passes, cells = Passes(self.keep), self.request.plan.cells
        with progress(2 * len(cells), self.request.rounds, 0) as watcher:

            def wanted(number: int) -> set[str]:
                names = {cell.name for cell in cells if cell.name not in passes.score.failures}
                names = names if number < self.request.rounds else set()
                watcher.round(number, len(names))
                return names

            def take(turn: Turn, outcome: Any) -> None:
                failure = passes.take(turn, outcome)
                watcher.sample()
                if failure:
                    watcher.failure(failure)

            sampler = self.request.subject.sample
            runner = self.runner(cells, arms(sampler, self.shared), sampler)
            runner.run(wanted, take, self.over, done=lambda turn: not passes.wanted(turn))
        return passes

    def try_out(self, found: Findings, suspected: dict[str, list[Suspect]]) -> Experiments | None:
        """The experiments on what is suspected; None where there is none to do."""
        known = {cell.name: cell for cell in self.request.plan.cells}
        tried: list[Trial] = []
        for name, causes in suspected.items():
            tried += trials(known[name], known[found.situations[name].waterfall.base], causes, self.shared)
        if not tried or not self.experiments or self.interruption.requested:
            return None
        cpus, rounds = self.request.catalogue.cpus, max(ROUNDS, self.request.rounds)
        each = lambda workers: cpus[:workers] or None
        experiments = Experiments(tried, self.request.subject.sample, each, self.keep)
        with progress(len(tried), rounds, 0) as watcher:

            def wanted(number: int) -> set[str]:
                names = {trial.label for trial in tried if trial.label not in experiments.failures}
                names = names if number < rounds else set()
                watcher.round(number, len(names))
                return names

            def take(turn: Turn, outcome: Any) -> None:
                experiments.take(turn, outcome)
                watcher.sample()

            self.runner(experiments.cells, UNCHANGED, experiments.sample).run(wanted, take, self.over)
        return experiments


def make(arguments: argparse.Namespace, subject: Subject) -> tuple[Request, list[Cell]]:
    """What will run, and those of its cells that were added as bases. Raises UsageError."""
    known = catalogue.read(arguments.bench.resolve())
    selection = flags.selection(arguments)
    plan, added = with_bases(subject, selection, known)
    stopping, limit = Stopping(0.0, arguments.rounds), arguments.time_limit or subject.limit
    most = arguments.max_time or math.inf
    return Request(subject, stopping, most, limit, plan, selection, known, arguments.pin), added


def announce(request: Request, added: Sequence[Cell], stream: Any) -> None:
    takes = f": {about(2 * request.estimate)}" if request.estimate else ""
    each = f"{len(request.plan.cells)} cells x {request.rounds} rounds, by themselves and observed{takes}"
    for line in (said(added), each + "; then the experiments"):
        if line:
            print(printable(line), file=stream)


def run(arguments: argparse.Namespace, subject: Subject, argv: Sequence[str], tell: Tell) -> int:
    """Raises UsageError, and KeyboardInterrupt where there is nothing to keep."""
    request, added = make(arguments, subject)
    announce(request, added, sys.stdout if arguments.dry_run else sys.stderr)
    if arguments.dry_run:
        return 0
    started = datetime.now(timezone.utc)
    process.adopt_orphans()
    fresh = files.fresh_directory(arguments.output, files.HOME, started, "why-", document.RESULT)
    with fresh as folder, Interruption() as interruption:
        quiet.expect(2 * request.estimate, arguments.wait_for_quiet or 0, interruption.wake)
        with begun([subject], request.plan, request.seed, interruption) as (shared, why):
            if why:
                print(printable(why), file=sys.stderr)
            header = {"journal": 1, "of": "why", "argv": list(argv), "shared": shared, **request.identity}
            with files.create_journal(folder / files.SAMPLES, header) as journal:
                names = frozenset(cell.name for cell in request.plan.cells if cell not in added)
                experiments = not arguments.no_experiments
                session = Session(
                    request, names, experiments, shared, interruption, journal.append, process.clock()
                )
                return _finish(session, folder, argv, started, tell)


def _finish(session: Session, folder: Path, argv: Sequence[str], started: datetime, tell: Tell) -> int:
    passes = session.observe()
    if not passes.score.done:
        raise KeyboardInterrupt
    request = session.request
    found = findings(request.plan, passes, request.catalogue, session.asked)
    suspected = {name: suspects(at) for name, at in found.situations.items()}
    tried = session.try_out(found, suspected)
    advice = []
    for name, at in found.situations.items():
        gains = tried.gains(name, suspected[name]) if tried else {}
        advice += advise(at, suspected[name], gains)
    stopped = session.interruption.requested
    context = {
        "command": ["scripts/fanout", "why", *argv],
        "rounds": passes.score.last + 1,
        "order_seed": request.seed,
        "pinned": request.pin,
        "subject": request.subject.label,
        "effective_cpus": request.catalogue.effective_cpus,
        "started": started.isoformat(timespec="seconds"),
        "wall_seconds": round(session.spent, 1),
        "clock_seconds": round(passes.score.inside_clock, 1),
        "interrupted": stopped,
    }
    results = document.score(request, passes, context, "interrupted" if stopped else "max_time")
    files.write(folder / files.RESULTS, results)
    written = document.whole(results, passes, found, advice, tried)
    files.write(folder / document.RESULT, written)
    status = tell(written, folder)
    return 130 if stopped else status
