"""A run from its first sample to its exit status, or from where an earlier one was cut off."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from scripts.analysis.failed import UNAVAILABLE
from scripts.measuring import calibration as spin, files as directory, job, journal, process, results as merge
from scripts.measuring.identity import differences, of_machine
from scripts.measuring.interruption import Interruption
from scripts.measuring.job import Job
from scripts.measuring.files import SAMPLES
from scripts.measuring.journal import Journal
from scripts.measuring.plan import Block
from scripts.measuring.progress import display
from scripts.measuring.schedule import Measured, Sample, Turn, measure, sample_of, undecided_left
from scripts.measuring.sample import Json, run_benchmark
from scripts.measuring.usage import UsageError

_BETWEEN_WRITES = 10.0  # seconds; the journal has everything at any moment


@dataclass
class Session:
    """A run under way."""

    job: Job
    path: Path  # of the results
    started: str  # ISO, UTC
    journal: Journal
    rate: str  # spin's setting, where there is a spin
    measured: Measured = field(default_factory=Measured)
    spent: float = 0.0  # seconds of earlier starts
    first: int = 0  # round
    known: Json = field(default_factory=dict)  # of the machine, from earlier starts
    complete: bool = False  # every cell has enough

    def restore(self, records: Sequence[Json]) -> None:
        """Takes the samples of earlier starts. Raises UsageError on a record that is none of this run."""
        cells = {cell.name: cell for block in self.job.plan.blocks for cell in block.cells}
        for number, record in enumerate(records, start=2):  # the header is line 1
            try:
                sample = Sample.of_record(record, cells)
                self.spent += float(sample.disturbance["seconds"])
                if (sample.turn.cell.name, sample.turn.round) in self.measured.done:
                    raise ValueError("a sample that there is already")
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                path = self.path.with_name(SAMPLES)
                raise UsageError(f"{path}: line {number} is no sample of this run: {error}") from None
            self.measured.take(sample)
        self.first = max((number for _, number in self.measured.done), default=0)
        self.known = of_machine(self.measured.context)

    def measure(self, interruption: Interruption) -> None:
        """Measures what is still to be measured; results.json follows the journal from time to time."""
        limit, arguments = self.job.profile.time_limit, self.job.profile.arguments()
        clock = written = time.monotonic()

        def sample(turn: Turn) -> Sample | None:
            if interruption.requested:
                return None
            program = turn.cell.program or self.job.bench
            command = [*turn.cell.arguments, *arguments]
            cpus = self.job.cpus(turn.cell.workers)
            outcome = run_benchmark(program, command, limit, turn.padding, interruption.wake, cpus)
            if outcome.kind == "interrupted":
                return None
            if not turn.cell.program:
                self._require_same_machine(outcome.context)
            taken = sample_of(turn, outcome, self.measured.context)
            self.journal.append(taken.record())
            return taken

        def spent() -> float:
            return self.spent + time.monotonic() - clock

        stopping = self.job.stopping
        with display(self.job.plan.cells, stopping.least, len(self.measured.done)) as watcher:
            for _ in measure(
                self.blocks,
                self.job.seed,
                stopping,
                self.measured,
                sample,
                lambda: spent() > self.job.max_time,
                watcher,
                self.first,
            ):
                if time.monotonic() > written + _BETWEEN_WRITES:
                    self._write("unfinished", spent())
                    written = time.monotonic()
        self.complete = not undecided_left(self.blocks, stopping, self.measured)
        stopped = interruption.requested and not self.complete
        self._write("interrupted" if stopped else "max_time", spent())

    def _require_same_machine(self, context: Json) -> None:
        """After a resumption. Raises UsageError before a sample of another machine is kept."""
        now = {key: value for key, value in of_machine(context).items() if key in self.known}
        if changed := differences(self.known, now):
            raise UsageError(f"--resume: this is not the machine that it was: {'; '.join(changed)}")

    @property
    def blocks(self) -> list[Block]:
        """Those of spin with one rate for all their processes."""
        return [
            block.with_setting(self.rate) if self.rate and block.workload == spin.WORKLOAD else block
            for block in self.job.plan.blocks
        ]

    @property
    def longer(self) -> str:
        """What --resume needs beside the directory, where this start was asked for more than the first."""
        stopping = self.job.stopping
        if not self.first:
            return ""
        return f" --max-rounds={stopping.most}" if stopping.target else f" --rounds={stopping.most}"

    def _write(self, unfinished: str, spent: float) -> None:
        if not self.measured.done:
            return
        stopping = self.job.stopping
        context: Json = {
            "command": self.job.command(),
            "rounds": max(number for _, number in self.measured.done) + 1,
            "precision": {**vars(stopping), "max_time": min(self.job.max_time, 1e9)},
            "order_seed": self.job.seed,
            "pinned": self.job.pin,
            "effective_cpus": self.job.catalogue.effective_cpus,  # a pinned process sees its own alone
            "left_out": list(self.job.plan.left_out),
            "started": self.started,
            "wall_seconds": round(spent, 1),
            "interrupted": unfinished != "max_time",  # as long as it goes on, it is no more than that
        }
        document = merge.document(self.measured, self.job.names, stopping, unfinished, context)
        merge.write(self.path, document)


def run(arguments: argparse.Namespace, argv: Sequence[str], root: Path) -> int:
    """Starts a run. Raises UsageError, and KeyboardInterrupt where there is nothing to keep."""
    asked = job.make(arguments)
    if arguments.dry_run:
        asked.announce(sys.stdout)
        return 0
    asked.announce(sys.stderr)
    started = datetime.now(timezone.utc)
    given = arguments.output is not None and arguments.output.exists()
    created = False
    folder = directory.create(arguments.output, root / "results", started)
    process.adopt_orphans()
    session = None
    try:
        with Interruption() as interruption:
            rate = _rate(asked, interruption)
            if interruption.requested:
                raise KeyboardInterrupt
            when = started.isoformat(timespec="seconds")
            header = {
                "journal": 1,
                "started": when,
                "argv": list(argv),
                "bench": str(asked.bench),
                "rate": rate,
            }
            with journal.create(folder / SAMPLES, header | asked.identity) as kept:
                created = True
                session = Session(asked, folder / directory.RESULTS, when, kept, rate)
                return _finish(session, interruption)
    finally:
        if session is None or not session.measured.done:
            if created:
                (folder / SAMPLES).unlink(missing_ok=True)
            if not given:
                with suppress(OSError):
                    folder.rmdir()


def header_of(folder: Path) -> Json:
    """The header of a run's journal. Raises UsageError."""
    return journal.read(folder / SAMPLES)[0]


def resume(arguments: argparse.Namespace, folder: Path) -> int:
    """Goes on with the run in a directory, which has to be the same run. Raises UsageError."""
    asked = job.make(arguments)
    process.adopt_orphans()
    kept, records, whole, torn = journal.reopen(folder / SAMPLES)
    with kept:
        header = records[0]
        if changed := differences(header, asked.identity):
            raise UsageError(f"--resume={folder}: it is not the same run: {'; '.join(changed)}")
        rate = str(header.get("rate", ""))
        session = Session(asked, folder / directory.RESULTS, str(header.get("started")), kept, rate)
        session.restore(records[1:])
        kept.cut(whole)
        dropped = f"; a torn last line of {torn} bytes was dropped" if torn else ""
        print(f"going on after {len(records) - 1} samples{dropped}", file=sys.stderr)
        asked.announce(sys.stderr)
        with Interruption() as interruption:
            return _finish(session, interruption)


def _finish(session: Session, interruption: Interruption) -> int:
    clock = time.monotonic()
    session.measure(interruption)
    if not session.measured.done:
        raise KeyboardInterrupt
    failed = _report(session.path)
    stopped = interruption.requested and not session.complete
    print(f"{time.monotonic() - clock:.0f} s in all" + ("; interrupted" if stopped else ""))
    if not stopped:
        return int(failed)
    print(f"go on with: scripts/fanout run --resume={shlex.quote(str(session.path.parent))}{session.longer}")
    return 130


def _rate(asked: Job, interruption: Interruption) -> str:
    """One calibration for all processes of spin; "" where it takes none, or none can be had."""
    if not spin.wanted(asked.plan, asked.catalogue):
        return ""
    arguments = [f"--seed={asked.seed}", *asked.profile.arguments()]
    try:
        return spin.setting(asked.bench, arguments, asked.profile.time_limit, interruption.wake)
    except spin.NotCalibrated as why:
        if not interruption.requested:
            print(f"spin is not calibrated, so its processes may differ in work: {why}", file=sys.stderr)
        return ""


def _report(path: Path) -> bool:
    """Writes charts and summary beside the results, and prints them; whether a cell failed that is available here."""
    from plots import draw_all
    from scripts.analysis.summary import summarise
    from scripts.analysis.table import BadResults, load
    from scripts.reports.summary import console, markdown, terminal

    print(f"measured; drawing what {path} says", file=sys.stderr)
    try:
        results = load([path])
    except BadResults as error:
        print(f"fanout run: {error}", file=sys.stderr)
        return True
    summary = summarise(results)
    text = path.with_name("summary.md")
    text.write_text(markdown(summary), encoding="utf-8")
    files = [path, text, *draw_all(results, path.parent / "charts")]
    terminal(summary, console())
    print("", *files, sep="\n")
    return any(failure.kind != UNAVAILABLE for failure in summary.failures)
