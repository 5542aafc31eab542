"""A plug-in: its workloads under every executor, its executors under every workload. In source, or as it was built."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scripts.measuring import catalogue, flags, plan
from scripts.measuring.catalogue import Catalogue, Cell, Json
from scripts.measuring.plan import Plan, Selection
from scripts.measuring.sample import Outcome
from scripts.measuring.subject import Conditions, digest
from scripts.measuring.usage import UsageError
from scripts.subjects import builtin
from scripts.subjects.compiled import SOURCES, compiled

TITLE = "a plug-in"
EXTENDS = builtin  # whose flags are its own too


def add_flags(add: flags.Add) -> None:
    add(
        "--compile",
        metavar="FLAGS",
        default="",
        help="what a source is compiled and linked with, such as '-O3 -march=native -Iinclude -Lbuild -lmine'",
    )


@dataclass(frozen=True)
class Plugin(builtin.Builtin):
    source: Path = Path()  # or what was built
    flags: str = ""
    plugin: Path = Path()  # what is loaded

    @property
    def label(self) -> str:
        return self.source.name

    @property
    def words(self) -> list[str]:
        return [str(self.source), *([f"--compile={self.flags}"] if self.flags else []), *super().words]

    @property
    def identity(self) -> Json:
        programs = dict(super().identity["programs"])
        return {"programs": programs | {self.source.name: digest([self.plugin])}}

    def plan(self, selection: Selection, known: Catalogue) -> Plan:
        """All that is named; else its workloads, or where it has executors, all that is run by default."""
        known = catalogue.read(self.bench, (f"--plugin={self.plugin}",))
        workloads = [owner.name for owner in known.workloads if owner.plugin]
        executors = [owner.name for owner in known.executors if owner.plugin]
        if not workloads and not executors:
            raise UsageError(f"SUBJECT: {self.source} declares neither a workload nor an executor")
        if workloads and not executors and not selection.workloads:
            selection = replace(selection, workloads=tuple(workloads))
        return plan.make(known, self.profile, selection, self.peers)

    def like(self, cell: Cell, planned: Mapping[str, Cell], known: Catalogue) -> Cell | str:
        """By name alone: the arguments name the file."""
        return planned.get(cell.name, "NEW has no such cell")

    def sample(self, cell: Cell, how: Conditions) -> Outcome:
        """Its context says which plug-in it was: two of them may be measured by one fanout-bench."""
        outcome = super().sample(cell, how)
        if isinstance(context := outcome.document.get("context"), dict):
            context["plugin"] = digest([self.plugin])
        return outcome


def make(arguments: argparse.Namespace, words: Sequence[str]) -> Plugin:
    """Raises UsageError."""
    source: Path = arguments.subject.absolute()
    if source.suffix not in SOURCES and arguments.compile:
        raise UsageError(f"--compile={arguments.compile}: {source.name} is no source, but compiled already")
    found = compiled(source, arguments.compile) if source.suffix in SOURCES else source
    own = builtin.make(arguments, words)
    return Plugin(own.bench, own.profile, own.selection, own.peers, source, arguments.compile, found)
