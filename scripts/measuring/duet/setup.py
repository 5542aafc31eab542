"""What a duet will measure, known before it starts: both builds, their cells, how they differ."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from scripts.analysis.comparable import BUILD, Difference, differences
from scripts.analysis.duel import MOST, first_look
from scripts.analysis.looks import LOOKS
from scripts.analysis.text import printable
from scripts.measuring import catalogue, flags, plan
from scripts.measuring.catalogue import Catalogue, Cell, Json
from scripts.measuring.duet import builds
from scripts.measuring.duet.builds import Side
from scripts.measuring.duet.judge import Sweep, sweeps_of
from scripts.measuring.plan import Plan, Selection
from scripts.measuring.profile import DEFAULT, Profile
from scripts.measuring.running.request import of_machine
from scripts.measuring.sample import run_benchmark
from scripts.measuring.schedule import Runner
from scripts.measuring.subject import Change
from scripts.measuring.usage import UsageError
from scripts.reports.wording import about

ERROR = 0.01  # of a single false alarm in the whole duet
_TRIED = 3  # cells, for the context of a binary


@dataclass(frozen=True)
class Setup:
    base: Side
    new: Side
    plan: Plan  # BASE's
    cells: tuple[Cell, ...]  # those of both builds
    missing: dict[str, str]  # why a cell of BASE is none of NEW, by name
    extra: tuple[str, ...]  # names that only NEW has
    profile: Profile
    seed: int
    max_time: float  # seconds of measuring
    new_settings: tuple[str, ...]
    contexts: tuple[Json, Json]  # of processes of both binaries

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
            "programs": {"BASE": self.base.digest()[:16], "NEW": self.new.digest()[:16]},
            "seed": self.seed,
            "settings": [*self.plan.settings, *self.profile.arguments(), *own],
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
        return rounds * 3 * len(self.cells) * self.profile.estimate()

    def announced(self) -> Iterator[str]:
        yield printable(f"BASE {self.base.label}, NEW {self.new.label}")
        for cell in self.cells:
            yield f"  {printable(cell.name)}"
        for name in self.missing:
            yield f"  {printable(name)}, which is missing in NEW"
        first, most = first_look(self.comparisons, ERROR), MOST
        yield (
            f"{len(self.cells)} cells, {self.comparisons} comparisons; {first} rounds take "
            f"{about(self.seconds(first))}, all {most} {about(self.seconds(most))}"
        )
        if self.seconds(first) > self.max_time:
            yield f"--max-time ends it after {about(self.max_time)}, before anything is judged: choose fewer cells"

    def runner(self, rate: Sequence[str], wake: int) -> Runner:
        """`rate` is the setting of spin that all arms get; the control is base once more, which shows the
        noise."""
        base = Change(self.base.binary, rate)
        changes = {"base": base, "new": Change(self.new.binary, [*rate, *self.new_settings]), "control": base}
        return Runner(self.cells, self.seed, self.profile.time_limit, self.profile.arguments(), changes, wake)


def prepare(arguments: argparse.Namespace, wake: int, say: Callable[[str], None]) -> Setup:
    """Builds what is to be built, NEW once BASE knows all names. Raises UsageError, and KeyboardInterrupt when `wake` is
    readable."""
    commits = arguments.commits or builds.commits({"BASE": arguments.base, "NEW": arguments.new})
    base = builds.resolve(arguments.base, commits["BASE"], wake, say)
    profile = replace(DEFAULT, time_limit=arguments.time_limit or DEFAULT.time_limit)
    selection = flags.selection(arguments)
    planned = plan_of(base, "BASE", profile, selection)
    new = builds.resolve(arguments.new, commits["NEW"], wake, say)
    cells, missing, extra = matched(planned, new, profile, selection)
    check_settings(arguments.set_new, cells, new)
    contexts = (_context(base, cells, profile, wake), _context(new, cells, profile, wake))
    return Setup(
        base,
        new,
        planned,
        cells,
        missing,
        extra,
        profile,
        arguments.seed,
        arguments.max_time,
        tuple(arguments.set_new),
        contexts,
    )


def plan_of(side: Side, label: str, profile: Profile, selection: Selection) -> Plan:
    """What the binary of one side would run; `label` is BASE or NEW, for messages. Raises UsageError."""
    known = read(side, label)
    try:
        return plan.make(known, profile, selection)
    except UsageError as error:
        raise UsageError(f"{label}: {error}") from error


def read(side: Side, label: str) -> Catalogue:
    try:
        return catalogue.read(side.binary)
    except UsageError as error:
        raise UsageError(f"{label}: {str(error).removeprefix('--bench: ')}") from error


def matched(
    base: Plan, new: Side, profile: Profile, selection: Selection
) -> tuple[tuple[Cell, ...], dict[str, str], tuple[str, ...]]:
    """The cells of both builds; why the others of BASE are missing in NEW; the names that only NEW has.

    A cell is in both where NEW makes one of the same name from the same arguments. NEW may refuse the
    selection as a whole for what it does not know in it: then it is asked cell by cell.
    """
    known = read(new, "NEW")
    try:
        planned = {cell.name: cell.arguments for cell in plan_of(new, "NEW", profile, selection).cells}
    except UsageError:
        planned = {}
    names = {cell.name for cell in base.cells}
    cells, missing = [], {}
    for cell in base.cells:
        try:
            alike = planned.get(cell.name) == cell.arguments
            found = [cell.name] if alike else _same(known, cell.arguments)
        except UsageError as error:
            missing[cell.name] = str(error)
            continue
        if found == [cell.name]:
            cells.append(cell)
        else:
            missing[cell.name] = f"NEW calls it {', '.join(found)}" if found else "NEW has no such cell"
    return tuple(cells), missing, tuple(name for name in planned if name not in names)


def _same(known: Catalogue, arguments: Sequence[str]) -> list[str]:
    """The names that the catalogue's binary gives to the cells of these arguments."""
    seed = next(text for text in arguments if text.startswith("--seed="))
    others = [text for text in arguments if text != seed]
    return [found.name for found in known.cells(others, int(seed.partition("=")[2]))]


def check_settings(settings: Sequence[str], cells: Sequence[Cell], new: Side) -> None:
    """Raises UsageError where NEW refuses a setting of its own, or where that makes other cells of its
    cells."""
    for text in settings:
        owners = {owner for cell in cells for owner in (cell.workload, cell.executor)}
        if "=" not in text or text.partition(".")[0] not in owners:
            raise UsageError(
                f"--set-new={text}: write O.P=V, of a workload or executor that both builds run here"
            )
    known = read(new, "NEW") if settings else None
    for cell in cells if known else ():
        arguments = cell.with_settings(settings)
        if known and arguments != list(cell.arguments) and _same(known, arguments) != [cell.name]:
            raise UsageError(f"--set-new: {', '.join(settings)} makes another cell of {cell.name}")


def _context(side: Side, cells: Sequence[Cell], profile: Profile, wake: int) -> Json:
    """A binary's build and machine, from a throw-away sample; empty where it has none."""
    for cell in cells[:_TRIED]:
        arguments = [*cell.arguments, *profile.arguments()]
        outcome = run_benchmark(side.binary, arguments, profile.time_limit, wake=wake)
        if outcome.kind == "interrupted":
            raise KeyboardInterrupt
        if outcome.context:
            return outcome.context
    return {}
