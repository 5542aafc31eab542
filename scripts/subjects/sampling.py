"""Samples of commands, with what runs around them, and their receipt."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from scripts.analysis.text import printable
from scripts.machine import leftovers, probes
from scripts.measuring.catalogue import Cell
from scripts.measuring.process import misplaced
from scripts.measuring.sample import REFUSED, Outcome, of_starved
from scripts.measuring.subject import Conditions
from scripts.measuring.usage import UsageError
from scripts.subjects import output
from scripts.subjects.execution import Timer, Took
from scripts.subjects.matrix import OUTPUT, Values, values_of
from scripts.subjects.output import Output
from scripts.measuring.template import Template

_REMEDY = "where it may differ, --check='CMD {output}' says which is right, or --ignore-output"
_PATIENCE = 3600.0  # seconds for what is not timed


@dataclass
class Sampling:
    """Takes samples of commands. `around` has the templates of setup, prepare, conclude and cleanup, and the check, by
    their flags."""

    timer: Timer
    around: Mapping[str, Template] = field(default_factory=dict)
    stdin: Path | None = None
    any_output: bool = False
    any_status: bool = False
    warmup: int = 0
    references: dict[str, tuple[str, Output]] = field(default_factory=dict)  # by work: whose, and what
    _warm: set[str] = field(default_factory=set)

    def begin(self, cells: Sequence[Cell], how: Conditions, kept: Sequence[str] | None) -> list[str]:
        """Sets up, and runs the first cell of each work, to which all others are held. Returns what has to be the same where
        the run goes on, and holds it to what was `kept`. Raises UsageError."""
        failure = self._beside("--setup", {}, how)
        if failure and failure.kind != "interrupted":
            raise UsageError(failure.reason)
        works: dict[str, list[Cell]] = {}
        for cell in [] if self.any_output or "--check" in self.around else cells:
            works.setdefault(_work(cell), []).append(cell)
        for members in works.values():
            for cell in members:  # what crashes has no output that others could be held to
                if self._run(cell, how).kind in ("", "interrupted", "timeout"):
                    break
        found = [f"{case}={said.digest}" for case, (_, said) in self.references.items()]
        if changed := [text for text in kept or found if text not in found]:
            case = changed[0].rpartition("=")[0]
            whose = "of the first start, or of BASE"
            raise UsageError(f"the output of {case} is not that {whose}; {_REMEDY}")
        return found

    def end(self) -> None:
        """Cleans up; what was measured counts also where that fails."""
        if failure := self._beside("--cleanup", {}, Conditions(_PATIENCE)):
            print(printable(failure.reason), file=sys.stderr)

    def sample(self, cell: Cell, how: Conditions) -> Outcome:
        """One run; before the first one of a cell, those that warm up."""
        for _ in range(0 if cell.name in self._warm else self.warmup):
            if (outcome := self._run(cell, how)).kind:
                return outcome
        self._warm.add(cell.name)
        return self._run(cell, how)

    def _run(self, cell: Cell, how: Conditions) -> Outcome:
        """With what prepares it before, and what concludes it after, also where it fails."""
        before = probes.read()
        failure = self._beside("--prepare", values_of(cell), how)
        try:
            outcome = failure or self._timed(cell, how)
        except OSError as error:  # what it reads has gone, or there is no room for what it has written
            kind = REFUSED.get(error.errno or 0, "crash")
            outcome = Outcome(kind=kind, reason=str(error), cause={"errno": error.errno})
        concluded = self._beside("--conclude", values_of(cell), how)
        if concluded and not outcome.kind:
            outcome = concluded
        return replace(outcome, disturbance=outcome.disturbance or probes.disturbance(before, probes.read()))

    def _timed(self, cell: Cell, how: Conditions) -> Outcome:
        padding = {"FANOUT_PADDING": "x" * how.padding}
        with ExitStack() as stack:
            stdin = stack.enter_context(self.stdin.open("rb")).fileno() if self.stdin else subprocess.DEVNULL
            stdout = subprocess.DEVNULL if self.any_output else stack.enter_context(output.file())
            largest = None if self.any_output else output.LARGEST
            before = probes.read()
            took = self.timer.run(
                cell.arguments,
                _environment(how) | padding,
                how.limit,
                how.wake,
                how.cpus,
                stdin,
                stdout,
                largest,
            )
            after = probes.read()
            outcome = took.failure(self.any_status) or _outcome(cell, took)
            if probes.starved(before, after):
                outcome = of_starved(outcome)
            elif not outcome.kind and how.cpus is not None and (wrong := misplaced(how.cpus, took.numbers)):
                outcome = Outcome(kind="placement", reason=wrong)
            if not outcome.kind and not self.any_output:
                outcome = self._receipt(cell, stdout, how) or outcome
        return replace(outcome, disturbance=probes.disturbance(before, after))

    def _receipt(self, cell: Cell, descriptor: int, how: Conditions) -> Outcome | None:
        """Why what it has written is not what it should be; None where it is. The first output of that work is what it should
        be."""
        if "--check" in self.around:
            return self._checked(cell, descriptor, how)
        said = output.read(descriptor)
        whose, reference = self.references.setdefault(_work(cell), (cell.name, said))
        if said.digest == reference.digest:
            return None
        return Outcome(kind="receipt", reason=f"{said.difference(reference, whose)}; {_REMEDY}")

    def _checked(self, cell: Cell, descriptor: int, how: Conditions) -> Outcome | None:
        with leftovers.temporary_directory() as directory, output.file() as said:
            path = Path(directory, "output")
            with output.opened(descriptor) as content, path.open("wb") as file:
                shutil.copyfileobj(content, file)
            failure = self._beside("--check", {**values_of(cell), OUTPUT: str(path)}, how, said)
            if failure is None or failure.kind == "interrupted":
                return failure
            line = output.read(said).first_line
        return replace(failure, kind="receipt", reason=failure.reason + (f": {line}" if line else ""))

    def _beside(
        self, flag: str, values: Values, how: Conditions, stdout: int = subprocess.DEVNULL
    ) -> Outcome | None:
        """What is not timed; why it has failed, or None."""
        if flag not in self.around:
            return None
        words = self.around[flag].fill(values)
        took = self.timer.run(words, _environment(how), _PATIENCE, how.wake, stdout=stdout)
        failure = took.failure()
        if failure is None or failure.kind == "interrupted":
            return failure
        return replace(failure, kind=flag.strip("-"), reason=f"{self.around[flag]}: {failure.reason}")


def _work(cell: Cell) -> str:
    """What has one output: a case, or where its work grows with the workers, as many of them."""
    return f"{cell.case}/workers:{cell.workers}" if cell.entry.get("scaling") == "weak" else cell.case


def _environment(how: Conditions) -> dict[str, str]:
    return {**os.environ, **how.change.environment}


def _outcome(cell: Cell, took: Took) -> Outcome:
    numbers = took.numbers
    entry = {
        "name": cell.name,
        "run_type": "iteration",
        "real_time": numbers["real_time"],
        "cpu_time": numbers["user_time"] + numbers["system_time"],
        "time_unit": "ns",
        "iterations": 1,
        "workers": cell.workers,
        "max_rss": numbers["max_rss"],
    }
    return Outcome({"benchmarks": [entry]})
