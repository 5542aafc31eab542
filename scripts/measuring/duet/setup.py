"""What a duet will measure, known before it starts: both builds, their cells, how they differ."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.analysis.comparable import BUILD, Difference, differences
from scripts.analysis.duel import MOST, first_look
from scripts.analysis.looks import LOOKS
from scripts.analysis.text import printable
from scripts.measuring import catalogue, flags
from scripts.measuring.catalogue import Catalogue, Cell, Json
from scripts.measuring.duet.judge import Sweep, sweeps_of
from scripts.measuring.duet import sides
from scripts.measuring.duet.sides import Side
from scripts.measuring.plan import Plan, Selection
from scripts.measuring.running.request import of_machine
from scripts.measuring.schedule import Runner
from scripts.measuring.subject import Change, Conditions, Subject
from scripts.measuring.usage import UsageError
from scripts.reports.wording import about

Make = Callable[[Side], tuple[Subject, Path]]  # of a side, with the binary that knows this machine
ERROR = 0.01  # of a single false alarm in the whole duet
_TRIED = 3  # cells, for the context of a binary


@dataclass(frozen=True)
class Setup:
    base: Side
    new: Side
    subjects: tuple[Subject, Subject]  # BASE's and NEW's
    plan: Plan  # BASE's
    cells: tuple[Cell, ...]  # BASE's, of those that both have
    theirs: Mapping[str, Cell]  # NEW's of these, by BASE's name
    missing: dict[str, str]  # why a cell of BASE is none of NEW, by name
    extra: tuple[str, ...]  # names that only NEW has
    limit: float  # seconds of a process
    seed: int
    max_time: float  # seconds of measuring
    new_settings: tuple[str, ...]
    contexts: tuple[Json, Json]  # of processes of both binaries
    effective_cpus: float

    @property
    def differing(self) -> list[Difference]:
        """How the builds differ otherwise than in their code. The machine is one, whatever they call it."""
        base, new = ({key: side[key] for key in BUILD if key in side} for side in self.contexts)
        return differences(base, new)

    @property
    def identity(self) -> Json:
        """All on which samples and verdicts depend: a duet that goes on has to be the same one."""
        own = [f"{text}, of NEW" for text in self.new_settings]
        return {
            "programs": {
                f"{name} of {label}": digest
                for label, subject in zip(("BASE", "NEW"), self.subjects)
                for name, digest in subject.identity["programs"].items()
            },
            "seed": self.seed,
            "settings": [*self.plan.settings, *self.subjects[0].timing, *own],
            "cells": [cell.name for cell in self.cells],
            "machine": of_machine(self.contexts[0]),
            "looks": list(LOOKS),
        }

    @property
    def sweeps(self) -> dict[str, Sweep]:
        return sweeps_of(self.cells)

    @property
    def comparisons(self) -> int:
        """The cells, and of every sweep its level and its shape."""
        return len(self.cells) + 2 * len(self.sweeps)

    def seconds(self, rounds: int) -> float:
        """An estimate of what these rounds of all cells take."""
        estimate, cpus = self.subjects[0].estimate, self.effective_cpus
        return rounds * 3 * sum(estimate(cell, cpus) for cell in self.cells)

    def announced(self) -> Iterator[str]:
        yield printable(f"BASE {self.base.label}, NEW {self.new.label}")
        for cell in self.cells:
            yield f"  {printable(cell.name)}"
        for name in self.missing:
            yield f"  {printable(name)}, which is missing in NEW"
        first, most = first_look(self.comparisons, ERROR), MOST
        takes = f"; {first} rounds take {about(self.seconds(first))}, all {most} {about(self.seconds(most))}"
        known = takes if self.seconds(1) else ""
        yield f"{len(self.cells)} cells, {self.comparisons} comparisons{known}"
        if self.seconds(first) > self.max_time:
            yield f"--max-time ends it after {about(self.max_time)}, before anything is judged: choose fewer cells"

    def runner(self, shared: Sequence[str], wake: int) -> Runner:
        """All arms get the `shared` settings; the control is base once more, which shows the noise."""
        base, new = self.subjects
        same = Change(settings=shared)
        other = Change(
            settings=[*shared, *self.new_settings],
            sampler=lambda cell, how: new.sample(self.theirs[cell.name], how),
        )
        changes = {"base": same, "new": other, "control": same}
        return Runner(self.cells, self.seed, self.limit, base.timing, changes, wake, sampler=base.sample)


def prepare(arguments: argparse.Namespace, make: Make, wake: int, say: Callable[[str], None]) -> Setup:
    """Builds what is to be built, NEW once BASE knows all names. Raises UsageError, and KeyboardInterrupt when `wake` is
    readable."""
    recipe = arguments.project.recipe if arguments.project else None
    asked = {"BASE": arguments.base, "NEW": arguments.new}
    commands = {"BASE": arguments.base_command, "NEW": arguments.new_command}
    commits = arguments.commits or sides.commits(
        {label: text for label, text in asked.items() if not commands[label]}, recipe
    )

    def side(label: str) -> Side:
        if text := commands[label]:
            return sides.of_command(text)
        return sides.resolve(asked[label], commits[label], wake, say, recipe)

    selection = flags.selection(arguments)
    base = side("BASE")
    mine, here = subject_of(make, base, "BASE")
    planned = plan_of(mine, here, "BASE", selection)
    new = side("NEW")
    theirs, there = subject_of(make, new, "NEW")
    pairs, missing, extra = matched(planned, theirs, there, selection)
    cells = tuple(cell for cell in planned.cells if cell.name in pairs)
    check_settings(arguments.set_new, cells, there)
    limit = arguments.time_limit or mine.limit
    contexts = (
        mine.facts(here) or _context(mine, cells, limit, wake),
        theirs.facts(there) or _context(theirs, [pairs[cell.name] for cell in cells], limit, wake),
    )
    return Setup(
        base,
        new,
        (mine, theirs),
        planned,
        cells,
        pairs,
        missing,
        extra,
        limit,
        arguments.seed,
        arguments.max_time,
        tuple(arguments.set_new),
        contexts,
        here.effective_cpus,
    )


def subject_of(make: Make, side: Side, label: str) -> tuple[Subject, Catalogue]:
    """What a side is, and what is known of this machine; `label` is BASE or NEW, for messages. Raises UsageError."""
    try:
        subject, bench = make(side)
        return subject, catalogue.read(bench)
    except UsageError as error:
        raise UsageError(f"{label}: {str(error).removeprefix('--bench: ')}") from error


def plan_of(subject: Subject, known: Catalogue, label: str, selection: Selection) -> Plan:
    """What one side would run. Raises UsageError."""
    try:
        return subject.plan(selection, known)
    except UsageError as error:
        raise UsageError(f"{label}: {error}") from error


def matched(
    base: Plan, new: Subject, known: Catalogue, selection: Selection
) -> tuple[dict[str, Cell], dict[str, str], tuple[str, ...]]:
    """NEW's cells of those that both have, by BASE's name; why the others of BASE are missing in NEW; the names that only NEW
    has.

    NEW may refuse the selection as a whole for what it does not know in it: then it is asked cell by cell.
    """
    try:
        planned = {cell.name: cell for cell in plan_of(new, known, "NEW", selection).cells}
    except UsageError:
        planned = {}
    cells, missing = {}, {}
    for cell in base.cells:
        found = new.like(cell, planned, known)
        if isinstance(found, Cell):
            cells[cell.name] = found
        else:
            missing[cell.name] = found
    names = {cell.name for cell in base.cells}
    return cells, missing, tuple(name for name in planned if name not in names)


def check_settings(settings: Sequence[str], cells: Sequence[Cell], new: Catalogue) -> None:
    """Raises UsageError where NEW refuses a setting of its own, or where that makes other cells of its
    cells."""
    for text in settings:
        owners = {owner for cell in cells for owner in (cell.workload, cell.executor)}
        if "=" not in text or text.partition(".")[0] not in owners:
            raise UsageError(
                f"--set-new={text}: write O.P=V, of a workload or executor that both builds run here"
            )
    for cell in cells if settings else ():
        arguments = cell.with_settings(settings)
        if arguments != list(cell.arguments) and new.names(arguments) != [cell.name]:
            raise UsageError(f"--set-new: {', '.join(settings)} makes another cell of {cell.name}")


def _context(subject: Subject, cells: Sequence[Cell], limit: float, wake: int) -> Json:
    """A binary's build and machine, which only its samples say, from a throw-away one; empty where it has none."""
    for cell in cells[:_TRIED]:
        outcome = subject.sample(cell, Conditions(limit, subject.timing, wake=wake))
        if outcome.kind == "interrupted":
            raise KeyboardInterrupt
        if outcome.context:
            return outcome.context
    return {}
