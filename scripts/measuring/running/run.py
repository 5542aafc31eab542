"""A run from its first sample to its exit status, or from where an earlier one was cut off."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scripts.analysis.text import UNAVAILABLE
from scripts.measuring import files, process
from scripts.measuring.catalogue import Json
from scripts.measuring.files import SAMPLES, Journal
from scripts.measuring.interruption import Interruption
from scripts.measuring.progress import progress
from scripts.measuring.running import quiet, request
from scripts.measuring.running.beginning import beginning
from scripts.measuring.running.contest import stop_reasons, undecided
from scripts.measuring.running.ending import Tell, tell_of, told
from scripts.measuring.running.request import Request, differences, of_machine
from scripts.measuring.results import Measured, Sample, document
from scripts.measuring.sample import Outcome
from scripts.measuring.schedule import Runner, Turn
from scripts.measuring.subject import Change, Subject, begun
from scripts.measuring.usage import UsageError

_BETWEEN_WRITES = 10.0  # seconds; the journal has everything at any moment


@dataclass
class Session:
    """A run under way."""

    request: Request
    path: Path  # of the results
    started: str  # ISO, UTC
    journal: Journal
    shared: list[str]  # settings of all processes
    measured: Measured = field(default_factory=Measured)
    spent: float = 0.0  # seconds of earlier starts
    first: int = 0  # round
    known: Json = field(default_factory=dict)  # of the machine, from earlier starts
    complete: bool = False  # every cell has enough

    def restore(self, records: Sequence[Json]) -> None:
        """Takes the samples of earlier starts. Raises UsageError on a record that is none of this run."""
        cells = {cell.name: cell for cell in self.request.plan.cells}
        for number, record in enumerate(records, start=2):  # the header is line 1
            try:
                sample = Sample.of_record(record, cells)
                self.measured.require_next(sample)
                self.measured.take(sample)
                self.spent += sample.disturbance["seconds"]
            except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
                path = self.path.with_name(SAMPLES)
                raise UsageError(f"{path}: line {number} is no sample of this run: {error}") from None
        self.first = max(self.measured.last, 0)
        self.known = of_machine(self.measured.context)

    def runner(self, wake: int | None) -> Runner:
        request = self.request
        changes = {"": Change(settings=self.shared)}
        timing, sampler = request.subject.timing, request.subject.sample
        return Runner(
            request.plan.cells, request.seed, request.limit, timing, changes, wake, request.cpus, sampler
        )

    def measure(self, interruption: Interruption) -> None:
        """Measures what is still to be measured; results.json follows the journal from time to time."""
        clock = written = process.clock()
        cases = self.request.plan.cases

        def spent() -> float:
            return self.spent + process.clock() - clock

        def wanted(number: int) -> set[str]:
            nonlocal written
            if process.clock() > written + _BETWEEN_WRITES:
                self._write("unfinished", spent())
                written = process.clock()
            if number == 1:
                watcher.short(self.request.rounds, spent(), self.request.max_time)
            names = undecided(cases, number, self.request.stopping, self.measured)
            watcher.round(number, sum((name, number) not in self.measured.done for name in names))
            return names

        def over(turn: Turn) -> bool:
            """Not before the second round: by then each cell has a number."""
            return interruption.requested or turn.round > 0 and spent() > self.request.max_time

        def take(turn: Turn, outcome: Outcome) -> None:
            if turn.cell.program == self.request.catalogue.program:
                self._require_same_machine(outcome.context)
            sample = self.measured.sample(turn, outcome)
            self.journal.append(sample.record())
            self.measured.take(sample)
            watcher.sample()
            if (
                sample.failure and sample.failure["kind"] != UNAVAILABLE
            ):  # the summary lists what is unavailable
                watcher.failure(sample.failure)

        def done(turn: Turn) -> bool:
            return (turn.cell.name, turn.round) in self.measured.done

        with progress(len(self.request.plan.cells), self.request.rounds, len(self.measured.done)) as watcher:
            self.runner(interruption.wake).run(wanted, take, over, self.first, done)
        left = undecided(cases, self.measured.last + 1, self.request.stopping, self.measured)
        self.complete = not left
        stopped = interruption.requested and not self.complete
        self._write("interrupted" if stopped else "max_time", spent())

    def _require_same_machine(self, context: Json) -> None:
        """After a resumption. Raises UsageError before a sample of another machine is kept."""
        now = {key: value for key, value in of_machine(context).items() if key in self.known}
        if changed := differences(self.known, now):
            raise UsageError(f"--resume: this is not the machine that it was: {'; '.join(changed)}")

    @property
    def longer(self) -> str:
        """What --resume needs beside the directory, where this start was asked for more than the first."""
        stopping = self.request.stopping
        if not self.first:
            return ""
        return f" --max-rounds={stopping.most}" if stopping.target else f" --rounds={stopping.most}"

    def _write(self, unfinished: str, spent: float) -> None:
        if not self.measured.done:
            return
        stopping = self.request.stopping
        context: Json = {
            "command": self.request.command(),
            "rounds": self.measured.last + 1,
            "precision": {**vars(stopping), "max_time": min(self.request.max_time, 1e9)},
            **self.request.context,
            "left_out": list(self.request.plan.left_out),
            "started": self.started,
            "wall_seconds": round(spent, 1),
            "clock_seconds": round(self.measured.inside_clock, 1),
            "interrupted": unfinished != "max_time",  # as long as it goes on, it is no more than that
        }
        cells = self.request.plan.cells
        reasons = stop_reasons(cells, stopping, unfinished, self.measured)
        known = self.request.subject.facts(self.request.catalogue)
        files.write(self.path, document(self.measured, cells, reasons, known | context))


def run(arguments: argparse.Namespace, subject: Subject, argv: Sequence[str], tell: Tell = told) -> int:
    """Starts a run; `argv` is what makes it again. Raises UsageError, and KeyboardInterrupt where there is nothing
    to keep."""
    asked = request.make(arguments, subject)
    if arguments.dry_run:
        asked.announce(sys.stdout)
        return 0
    asked.announce(sys.stderr)
    patience = arguments.wait_for_quiet or 0
    with beginning("run", files.RESULTS, asked, argv, arguments.output, asked.estimate, patience) as at:
        session = Session(asked, at.folder / files.RESULTS, at.started, at.journal, at.shared)
        return _finish(session, at.interruption, tell)


def resume(arguments: argparse.Namespace, subject: Subject, folder: Path, tell: Tell = told) -> int:
    """Goes on with the run in a directory, which has to be the same run. Raises UsageError."""
    asked = request.make(arguments, subject)
    process.adopt_orphans()
    kept, records, whole, torn = files.reopen_journal(folder / SAMPLES)
    with kept:
        header = records[0]
        if changed := differences(header, asked.identity):
            raise UsageError(f"--resume={folder}: it is not the same run: {'; '.join(changed)}")
        shared = files.texts(header, "shared", folder / SAMPLES)
        session = Session(asked, folder / files.RESULTS, str(header.get("started")), kept, shared)
        session.restore(records[1:])
        kept.cut(whole)
        dropped = f"; a torn last line of {torn} bytes was dropped" if torn else ""
        print(f"going on after {len(records) - 1} samples{dropped}", file=sys.stderr)
        asked.announce(sys.stderr)
        files.lead_to(folder)
        with Interruption() as interruption:
            quiet.expect(asked.estimate, arguments.wait_for_quiet or 0, interruption.wake)
            with begun([subject], asked.plan, asked.seed, interruption, shared):
                return _finish(session, interruption, tell)


def _finish(session: Session, interruption: Interruption, tell: Tell = told) -> int:
    clock = process.clock()
    session.measure(interruption)
    if not session.measured.done:
        raise KeyboardInterrupt
    status = tell_of(session.path, tell)
    stopped = interruption.requested and not session.complete
    print(f"{process.clock() - clock:.0f} s in all" + ("; interrupted" if stopped else ""))
    if not stopped:
        return status
    print(f"go on with: scripts/fanout run --resume={shlex.quote(str(session.path.parent))}{session.longer}")
    return 130
