"""What `fanout run` was asked for: which cells, how precisely, with what."""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from scripts.analysis.stopping import Stopping
from scripts.measuring import catalogue, flags, peers, placement, plan
from scripts.measuring.identity import identity
from scripts.measuring.peers import Peers
from scripts.measuring.plan import Plan, Selection
from scripts.measuring.profile import DEFAULT, FULL, QUICK, RIGOROUS, STANDARD, Precision, Profile
from scripts.measuring.sample import Json
from scripts.measuring.usage import UsageError


@dataclass(frozen=True)
class Job:
    """What will run, and how."""

    bench: Path
    profile: Profile
    precision: Precision
    max_time: float  # seconds of all samples
    plan: Plan
    selection: Selection
    catalogue: catalogue.Catalogue
    peers: tuple[Peers, ...] = ()
    pin: bool = False

    @property
    def seed(self) -> int:
        return self.selection.seed

    @property
    def stopping(self) -> Stopping:
        return self.precision.stopping

    @property
    def names(self) -> list[str]:
        """Of all cells."""
        return [cell.name for block in self.plan.blocks for cell in block.cells]

    @property
    def estimate(self) -> float:
        """Seconds of the rounds that every cell takes."""
        cells = [cell for block in self.plan.blocks for cell in block.cells]
        return self.stopping.least * sum(self.profile.estimate(bool(cell.program)) for cell in cells)

    @property
    def identity(self) -> Json:
        about = identity(
            self.bench, self.peers, self.plan, self.profile, self.seed, self.catalogue.effective_cpus
        )
        return about | {"pinned": self.pin}

    def cpus(self, workers: int) -> tuple[int, ...] | None:
        """Those that so many workers get; None where they may run anywhere."""
        return placement.cpus_for(workers, self.catalogue.cpus) if self.pin else None

    def command(self) -> list[str]:
        """The run's command, with the profile's settings spelt out."""
        asked = {
            "workloads": ",".join(self.selection.workloads),
            "executors": ",".join(self.selection.executors),
            "workers": self.selection.workers,
            "seed": self.seed,
        }
        flags = [f"--{flag}={value}" for flag, value in asked.items() if value != ""]
        settings = [f"--set={setting}" for setting in self.plan.settings]
        pythons = [f"--python={each.path.name}" for each in self.peers]
        flags += ["--peers", *pythons] if self.peers else []
        whole = [
            flag for flag, on in {"--full": self.profile.name == FULL.name, "--pin": self.pin}.items() if on
        ]
        return ["scripts/fanout", "run", *whole, *self._precision(), *flags, *self.selection.flags, *settings]

    def _precision(self) -> list[str]:
        stopping = self.stopping
        if stopping.target == 0:
            return [f"--rounds={stopping.most}"]
        time = [f"--max-time={self.max_time:g}"] if math.isfinite(self.max_time) else []
        return [f"--target={100 * stopping.target:g}%", *time, f"--max-rounds={stopping.most}"]

    def announce(self, stream: TextIO) -> None:
        """What will run, and about how long."""

        def say(line: str) -> None:
            print(line, file=stream)

        for block in self.plan.blocks:
            workers = ", ".join(map(str, sorted({cell.workers for cell in block.cells})))
            executors = len({cell.executor for cell in block.cells})
            say(f"{block.case}: {executors} executors, workers {workers}: {len(block.cells)} cells")
        stopping = self.stopping
        least = f"{self.plan.cells} cells x {stopping.least} rounds: {_about(self.estimate)}"
        if stopping.target == 0:
            say(least)
        else:
            cap = f", {_about(self.max_time, 'at most')} in all" if math.isfinite(self.max_time) else ""
            say(
                f"{least}; then more of those not known to within {100 * stopping.target:g} %, "
                f"{stopping.most} rounds at most{cap}"
            )
        if self.plan.left_out:
            say(f"left out without --full: {'; '.join(self.plan.left_out)}")


def _about(seconds: float, word: str = "about") -> str:
    """The least rounds take longer where batches do; how long is known only when they have run."""
    return f"{word} {seconds / 60:.0f} minutes" if seconds > 90 else f"{word} {seconds:.0f} seconds"


def make(arguments: argparse.Namespace) -> Job:
    """Raises UsageError."""
    bench = arguments.bench.resolve()
    profile = FULL if arguments.full else DEFAULT
    profile = replace(profile, time_limit=arguments.time_limit or profile.time_limit)
    precision, max_time = _precision(arguments, profile)
    known = catalogue.read(bench)
    selection = flags.selection(arguments)
    found = _peers(arguments, bench)
    planned = plan.make(known, profile, selection, lambda asked: catalogue.cell_names(bench, asked), found)
    if arguments.pin and not known.cpus:
        raise UsageError(
            "--pin: this binary does not say which CPUs there are, and in which order; build it anew"
        )
    return Job(bench, profile, precision, max_time, planned, selection, known, found, arguments.pin)


def _precision(arguments: argparse.Namespace, profile: Profile) -> tuple[Precision, float]:
    """How precisely, and the seconds that this may take."""
    if count := arguments.rounds:
        for flag in ("target", "max_time", "max_rounds", "quick", "rigorous"):
            if getattr(arguments, flag):
                raise UsageError(
                    f"--{flag.replace('_', '-')} does not go with --rounds, which says it all: {count} processes a cell"
                )
        return Precision("rounds", Stopping(0.0, count, count), math.inf), math.inf
    if arguments.target == 0:
        raise UsageError("--target=0: no number of samples gets there; --rounds=N takes exactly N")
    precision = QUICK if arguments.quick else RIGOROUS if arguments.rigorous else STANDARD
    most = arguments.max_rounds or precision.stopping.most
    least = min(most, precision.stopping.least)
    stopping = Stopping(arguments.target or precision.stopping.target, least, most)
    return replace(precision, stopping=stopping), arguments.max_time or profile.max_time * precision.patience


def _peers(arguments: argparse.Namespace, bench: Path) -> tuple[Peers, ...]:
    if not arguments.peers:
        if arguments.python:
            raise UsageError(f"--python={arguments.python[0]}: only with --peers")
        return ()
    if arguments.lifecycle == "cold":
        raise UsageError("--lifecycle=cold does not go with --peers, whose cells are warm; both does")
    return peers.find(arguments.python, bench)
