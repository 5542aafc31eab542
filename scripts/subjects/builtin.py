"""Fanout's own workloads under its own executors, and under Python's: as fanout-bench and the peers run them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scripts.measuring import flags, peers, plan
from scripts.subjects import calibration
from scripts.measuring.catalogue import Catalogue, Cell, Json
from scripts.measuring.peers import PROGRAM, Peers
from scripts.measuring.plan import Plan, Selection
from scripts.measuring.profile import DEFAULT, FULL, Profile
from scripts.measuring.sample import Outcome
from scripts.measuring.subject import Conditions, digest, of_bench
from scripts.measuring.usage import UsageError

TITLE = "the built-in workloads"


def add_flags(add: flags.Add) -> None:
    add("--full", action="store_true", help="every executor, workload, kernel and algorithm; longer samples")
    flags.add_owners(add)
    add("--peers", action="store_true", help="Python's own models beside C++'s, on the same work (py_*)")
    add(
        "--python",
        metavar="PATH",
        action="append",
        default=[],
        help="an interpreter for --peers, 3.9 or later; may be repeated (default: /usr/bin/python3)",
    )


@dataclass(frozen=True)
class Builtin:
    bench: Path
    profile: Profile
    selection: Selection
    peers: tuple[Peers, ...] = ()

    @property
    def label(self) -> str:
        return TITLE

    @property
    def words(self) -> list[str]:
        asked = {
            "workloads": ",".join(self.selection.workloads),
            "executors": ",".join(self.selection.executors),
            "lifecycle": self.selection.lifecycle,
        }
        whole = ["--full"] if self.profile.full else []
        pythons = ["--peers", *(f"--python={each.path.name}" for each in self.peers)] if self.peers else []
        return [*whole, *(f"--{flag}={value}" for flag, value in asked.items() if value), *pythons]

    @property
    def timing(self) -> list[str]:
        return self.profile.arguments()

    @property
    def limit(self) -> float:
        return self.profile.time_limit

    @property
    def identity(self) -> Json:
        server = self.bench.with_name("fanout-server")  # what http fetches from
        programs = {path.name: digest([path]) for path in (self.bench, server) if path.exists()}
        for each in self.peers:
            programs[f"{PROGRAM.stem} under {each.words}"] = digest(sorted(PROGRAM.parent.rglob("*.py")))
        return {"programs": programs}

    def plan(self, selection: Selection, catalogue: Catalogue) -> Plan:
        return plan.make(catalogue, self.profile, selection, self.peers)

    def like(self, cell: Cell, planned: Mapping[str, Cell], catalogue: Catalogue) -> Cell | str:
        """One of the same name by the same arguments."""
        mine = planned.get(cell.name)
        try:
            alike = mine is not None and mine.arguments == cell.arguments
            found = [cell.name] if alike else catalogue.names(cell.arguments)
        except UsageError as error:
            return str(error)
        if found == [cell.name]:
            return replace(cell, program=self.bench)
        return f"NEW calls it {', '.join(found)}" if found else "NEW has no such cell"

    def estimate(self, cell: Cell, effective_cpus: float) -> float:
        """With the least seconds of a batch, where its parameters tell."""
        roles = cell.entry.get("roles", {})
        at_once = max(1.0, min(cell.workers, effective_cpus))
        alone = 0 if cell.entry.get("waits") else roles.get("duration", 0) * roles.get("tasks", 0)
        return self.profile.estimate(cell.program != self.bench, float(alone / at_once))

    def facts(self, catalogue: Catalogue) -> Json:
        return {}

    def begin(self, plan: Plan, seed: int, wake: int, kept: list[str] | None) -> tuple[list[str], str]:
        """All processes of spin get one rate."""
        if kept is not None:
            return kept, ""
        return calibration.shared(plan, self.bench, self.profile, seed, wake)

    def end(self) -> None:
        pass

    def sample(self, cell: Cell, how: Conditions) -> Outcome:
        return of_bench(cell, how)


def make(arguments: argparse.Namespace, words: Sequence[str]) -> Builtin:
    """Raises UsageError."""
    bench = arguments.bench.resolve()
    profile = FULL if arguments.full else DEFAULT
    profile = replace(profile, time_limit=arguments.time_limit or profile.time_limit)
    return Builtin(bench, profile, flags.selection(arguments), _peers(arguments, bench))


def _peers(arguments: argparse.Namespace, bench: Path) -> tuple[Peers, ...]:
    if not arguments.peers:
        if arguments.python:
            raise UsageError(f"--python={arguments.python[0]}: only with --peers")
        return ()
    if arguments.scaling == "weak":
        raise UsageError("--scaling=weak does not go with --peers, whose work does not grow with the workers")
    if arguments.lifecycle == "cold":
        raise UsageError("--lifecycle=cold does not go with --peers, whose cells are warm; both does")
    return peers.find(arguments.python, bench)
