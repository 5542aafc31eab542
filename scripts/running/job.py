"""The job of `fanout run`, from its arguments to its exit status."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TextIO

from scripts.running import catalogue, directory, merge, peers, plan, process, spin
from scripts.running.interruption import Interruption
from scripts.running.peers import Peers
from scripts.running.plan import Block, Plan, Selection
from scripts.running.profile import FULL, QUICK, Profile
from scripts.running.progress import display
from scripts.running.rounds import UNAVAILABLE, Measured, Turn, measure
from scripts.running.sample import Json, Outcome, run_benchmark
from scripts.running.usage import UsageError


@dataclass(frozen=True)
class Job:
    """What will run, and how."""

    bench: Path
    profile: Profile
    plan: Plan
    selection: Selection
    catalogue: catalogue.Catalogue
    peers: tuple[Peers, ...] = ()

    @property
    def seed(self) -> int:
        return self.selection.seed

    @property
    def samples(self) -> int:
        return self.plan.cells * self.profile.rounds

    @property
    def estimate(self) -> float:
        """Seconds of all samples."""
        cells = [cell for block in self.plan.blocks for cell in block.cells]
        return self.profile.rounds * sum(self.profile.estimate(bool(cell.program)) for cell in cells)

    def command(self) -> list[str]:
        """The run's command, with the profile's settings spelt out."""
        asked = {
            "workloads": ",".join(self.selection.workloads),
            "executors": ",".join(self.selection.executors),
            "workers": self.selection.workers,
            "rounds": self.profile.rounds,
            "seed": self.seed,
        }
        flags = [f"--{flag}={value}" for flag, value in asked.items() if value != ""]
        settings = [f"--set={setting}" for setting in self.plan.settings]
        pythons = [f"--python={each.path.name}" for each in self.peers]
        flags += ["--peers", *pythons] if self.peers else []
        return ["scripts/fanout", "run", f"--{self.profile.name}", *flags, *self.selection.flags, *settings]


def run(arguments: argparse.Namespace, root: Path) -> int:
    """Raises UsageError, and KeyboardInterrupt where there is nothing to keep."""
    clock = time.monotonic()
    job = _job(arguments)
    if arguments.dry_run:
        _announce(job, sys.stdout)
        return 0
    _announce(job, sys.stderr)
    started = datetime.now(timezone.utc)
    given = arguments.output is not None and arguments.output.exists()
    path = directory.create(arguments.output, root / "results", started) / directory.RESULTS
    process.adopt_orphans()
    try:
        with Interruption() as interruption:
            if not _measure(job, path, started, interruption):
                raise KeyboardInterrupt
            failed = _report(path)
    finally:
        if not path.exists() and not given:
            with suppress(OSError):
                path.parent.rmdir()
    print(f"{time.monotonic() - clock:.0f} s in all" + ("; interrupted" if interruption.requested else ""))
    return 130 if interruption.requested else int(failed)


def _job(arguments: argparse.Namespace) -> Job:
    bench = arguments.bench.resolve()
    profile = FULL if arguments.full else QUICK
    profile = replace(
        profile,
        rounds=arguments.rounds or profile.rounds,
        time_limit=arguments.time_limit or profile.time_limit,
    )
    known = catalogue.read(bench)
    selection = Selection(
        arguments.workloads,
        arguments.executors,
        ",".join(arguments.workers),
        tuple(arguments.set),
        arguments.seed,
        tuple(_passed_on(arguments)),
    )
    found = _peers(arguments, bench)
    planned = plan.make(known, profile, selection, lambda asked: catalogue.cell_names(bench, asked), found)
    return Job(bench, profile, planned, selection, known, found)


def _peers(arguments: argparse.Namespace, bench: Path) -> tuple[Peers, ...]:
    if not arguments.peers:
        if arguments.python:
            raise UsageError(f"--python={arguments.python[0]}: only with --peers")
        return ()
    if arguments.lifecycle == "cold":
        raise UsageError("--lifecycle=cold does not go with --peers, whose cells are warm; both does")
    return peers.find(arguments.python, bench)


def _passed_on(arguments: argparse.Namespace) -> Iterable[str]:
    """Flags that are the binary's own; it judges their values."""
    for flag in ("in-flight", "grain", "lifecycle"):
        if value := getattr(arguments, flag.replace("-", "_")):
            yield f"--{flag}={value}"


def _announce(job: Job, stream: TextIO) -> None:
    """What will run, and about how long."""

    def say(line: str) -> None:
        print(line, file=stream)

    for block in job.plan.blocks:
        workers = ", ".join(map(str, sorted({cell.workers for cell in block.cells})))
        executors = len({cell.executor for cell in block.cells})
        say(f"{block.case}: {executors} executors, workers {workers}: {len(block.cells)} cells")
    say(
        f"{job.plan.cells} cells x {job.profile.rounds} rounds = {job.samples} processes, {_about(job.estimate)}"
    )
    if job.plan.left_out:
        say(f"left out by --{job.profile.name}: {'; '.join(job.plan.left_out)}")


def _about(seconds: float) -> str:
    return f"about {seconds / 60:.0f} minutes" if seconds > 90 else f"about {seconds:.0f} seconds"


def _measure(job: Job, path: Path, started: datetime, interruption: Interruption) -> Measured:
    """Measures all blocks; the results so far are written after each, so that not even SIGKILL loses much."""
    limit, rounds = job.profile.time_limit, job.profile.rounds

    def sample(turn: Turn) -> Outcome:
        if interruption.requested:
            return Outcome(kind="interrupted")
        arguments = [*turn.cell.arguments, *job.profile.arguments()]
        program = turn.cell.program or job.bench
        return run_benchmark(program, arguments, limit, turn.padding, interruption.wake)

    clock = time.monotonic()
    blocks = _calibrated(job, interruption)
    names = [cell.name for block in blocks for cell in block.cells]
    measured = Measured()
    with display(job.samples, rounds) as watcher:
        for block in blocks:
            measure(block, rounds, job.seed, sample, watcher, measured)
            if measured:
                context = _context(job, started, time.monotonic() - clock, measured.interrupted)
                merge.write(path, merge.document(measured, names, rounds, context))
            if measured.interrupted:
                break
    return measured


def _calibrated(job: Job, interruption: Interruption) -> list[Block]:
    """The blocks, those of spin with one rate for all their processes."""
    blocks = list(job.plan.blocks)
    if not spin.wanted(job.plan, job.catalogue):
        return blocks
    arguments = [f"--seed={job.seed}", *job.profile.arguments()]
    try:
        rate = spin.setting(job.bench, arguments, job.profile.time_limit, interruption.wake)
    except spin.NotCalibrated as why:
        if interruption.requested:
            return blocks
        print(f"spin is not calibrated, so its processes may differ in work: {why}", file=sys.stderr)
        return blocks
    return [block.with_setting(rate) if block.workload == spin.WORKLOAD else block for block in blocks]


def _context(job: Job, started: datetime, seconds: float, interrupted: bool) -> Json:
    return {
        "command": job.command(),
        "rounds": job.profile.rounds,
        "order_seed": job.seed,
        "left_out": list(job.plan.left_out),
        "started": started.isoformat(timespec="seconds"),
        "wall_seconds": round(seconds, 1),
        "interrupted": interrupted,
    }


def _report(path: Path) -> bool:
    """Writes charts and summary beside the results, and prints them; whether a cell failed that is available here."""
    from plots import draw_all
    from scripts.analysis.summary import summarise
    from scripts.analysis.table import BadResults, load
    from scripts.report import console, markdown, terminal

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
