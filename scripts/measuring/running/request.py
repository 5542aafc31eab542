"""What `fanout run` was asked for: which cells, how precisely, with what; and by what it is the same run
again."""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from typing import TextIO

from scripts.analysis.comparable import BUILD, MACHINE, unit
from scripts.analysis.answers.race import EARLY
from scripts.analysis.stopping import Stopping
from scripts.analysis.text import competitor, plural, printable
from scripts.machine.allowance import whole_memory
from scripts.machine.kernel import ROOT
from scripts.measuring import catalogue, flags
from scripts.measuring.catalogue import Catalogue, Json
from scripts.measuring.plan import Plan, Selection
from scripts.measuring.profile import DEFAULT, FULL, QUICK, RIGOROUS, STANDARD, Profile
from scripts.measuring.subject import Subject
from scripts.measuring.usage import UsageError
from scripts.reports.wording import about


@dataclass(frozen=True)
class Request:
    """What will run, and how. Raises UsageError where the binary does not know the CPUs to pin to."""

    subject: Subject
    stopping: Stopping
    max_time: float  # seconds of all samples
    limit: float  # seconds of a sample
    plan: Plan
    selection: Selection
    catalogue: Catalogue
    pin: bool = False

    def __post_init__(self) -> None:
        if self.pin and not self.catalogue.cpus:
            missing = "this binary does not say which CPUs there are, and in which order"
            raise UsageError(f"--pin: {missing}; build it anew")

    @property
    def seed(self) -> int:
        return self.selection.seed

    @property
    def rounds(self) -> int:
        """That every cell takes."""
        return self.stopping.least if self.stopping.every else min(EARLY[0], self.stopping.most)

    @property
    def estimate(self) -> float:
        """Seconds of these; 0 where nobody can know."""
        cpus = self.catalogue.effective_cpus
        return self.rounds * sum(self.subject.estimate(cell, cpus) for cell in self.plan.cells)

    @property
    def identity(self) -> Json:
        """All on which a sample depends, beside the machine: a run that goes on has to be the same one."""
        return self.subject.identity | {
            "seed": self.seed,
            "effective CPUs": self.catalogue.effective_cpus,
            "settings": [*self.plan.settings, *self.subject.timing],
            "cells": [cell.name for cell in self.plan.cells],
            "pinned": self.pin,
        }

    @property
    def context(self) -> Json:
        """For the results."""
        return {
            "order_seed": self.seed,
            "pinned": self.pin,
            "subject": self.subject.label,
            "effective_cpus": self.catalogue.effective_cpus,  # a pinned process sees its own alone
            "memory": whole_memory(ROOT),
        }

    def cpus(self, workers: int) -> tuple[int, ...] | None:
        """A CPU for each worker, by the binary's own order of preference; None where they may run
        anywhere."""
        return self.catalogue.cpus[: max(1, workers)] if self.pin else None

    def command(self) -> list[str]:
        """The run's command, with the profile's settings spelt out."""
        asked = {"workers": self.selection.workers, "seed": self.seed}
        flags = [f"--{flag}={value}" for flag, value in asked.items() if value != ""]
        settings = [f"--set={setting}" for setting in self.plan.settings]
        pin = ["--pin"] if self.pin else []
        how = [*pin, *self._precision(), *flags, *(["--scaling=weak"] if self.selection.weak else [])]
        return ["scripts/fanout", "run", *how, *settings, *self.subject.words]

    def _precision(self) -> list[str]:
        stopping = self.stopping
        if stopping.target == 0:
            return [f"--rounds={stopping.most}"]
        every = ["--precision=all"] if stopping.every else []
        time = [f"--max-time={self.max_time:g}"] if math.isfinite(self.max_time) else []
        return [f"--target={100 * stopping.target:g}%", *time, f"--max-rounds={stopping.most}", *every]

    def announce(self, stream: TextIO) -> None:
        """What will run, and about how long."""
        word = competitor(unit(self.subject.facts(self.catalogue)))
        for case, cells in self.plan.cases.items():
            workers = ", ".join(map(str, sorted({cell.workers for cell in cells})))
            which = f"{plural(len({cell.contender for cell in cells}), word)}, workers {workers}: {len(cells)} cells"
            print(printable(f"{case}: {which}"), file=stream)
        stopping = self.stopping
        takes = f": {about(self.estimate)}" if self.estimate else ""
        rounds = f"{len(self.plan.cells)} cells x {self.rounds} rounds{takes}"
        if stopping.target > 0:
            cap = f", {about(self.max_time, 'at most')} in all" if math.isfinite(self.max_time) else ""
            wide = f"those not known to within {100 * stopping.target:g} %"
            wide = wide if stopping.every else "those that may be the best"
            rounds += f"; then more of {wide}, {stopping.most} rounds at most{cap}"
        print(rounds, file=stream)
        if self.plan.left_out:
            print(printable(f"left out without --full: {'; '.join(self.plan.left_out)}"), file=stream)


def make(arguments: argparse.Namespace, subject: Subject) -> Request:
    """Raises UsageError."""
    stopping, max_time = _stopping(arguments, FULL if arguments.full else DEFAULT)
    known = catalogue.read(arguments.bench.resolve())
    selection = flags.selection(arguments)
    planned = subject.plan(selection, known)
    limit = arguments.time_limit or subject.limit
    return Request(subject, stopping, max_time, limit, planned, selection, known, arguments.pin)


def _stopping(arguments: argparse.Namespace, profile: Profile) -> tuple[Stopping, float]:
    """How precisely, and the seconds that this may take."""
    if count := arguments.rounds:
        for flag in ("target", "max_time", "max_rounds", "quick", "rigorous", "precision"):
            if getattr(arguments, flag):
                given = f"--{flag.replace('_', '-')}"
                raise UsageError(
                    f"{given} does not go with --rounds, which says it all: {count} processes a cell"
                )
        return Stopping(0.0, count), math.inf
    if arguments.target == 0:
        raise UsageError("--target=0: no number of samples gets there; --rounds=N takes exactly N")
    precision = QUICK if arguments.quick else RIGOROUS if arguments.rigorous else STANDARD
    most = arguments.max_rounds or precision.stopping.most
    every = arguments.precision == "all"
    stopping = Stopping(arguments.target or precision.stopping.target, most, every)
    return stopping, arguments.max_time or profile.max_time * precision.patience


def of_machine(context: Json) -> Json:
    """What has to stay as it is while one run is measured, by the context of the binary's processes;
    without the effective CPUs, of which a pinned process sees its own alone."""
    keys = {*MACHINE, *BUILD, "environment"} - {"effective_cpus"}
    return {key: value for key, value in context.items() if key in keys}


def differences(then: Json, now: Json) -> list[str]:
    """What is not as it was, a sentence each."""
    found = []
    for key, value in now.items():
        before = then.get(key)
        if before == value:
            continue
        if isinstance(value, list):
            found += _lists(key, before if isinstance(before, list) else [], value)
        elif isinstance(value, dict):
            old = before if isinstance(before, dict) else {}
            found += [
                f"{name}: {old.get(name, 'absent')} then, {value.get(name, 'absent')} now"
                for name in value | old
                if old.get(name) != value.get(name)
            ]
        else:
            found.append(f"{key}: {before} then, {value} now")
    return found


def _lists(key: str, then: list[str], now: list[str]) -> list[str]:
    changes = {
        "no more": [name for name in then if name not in now],
        "new": [name for name in now if name not in then],
    }
    found = [f"{key}: {len(names)} {how}, such as {names[0]}" for how, names in changes.items() if names]
    return found or [f"{key}: in another order"]
