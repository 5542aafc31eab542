"""Any Google Benchmark program: its benchmarks are the cells."""

from __future__ import annotations

import argparse
import math
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from scripts.analysis.foreign import document, names
from scripts.measuring import flags
from scripts.measuring.catalogue import Catalogue, Cell, Json
from scripts.measuring.dialect import Dialect
from scripts.measuring.plan import Plan, Selection
from scripts.measuring.sample import Outcome, run_benchmark
from scripts.measuring.subject import Conditions, digest
from scripts.measuring.usage import UsageError

TITLE = "a Google Benchmark program"
MIN_TIME = 0.05  # seconds

_START, _LIMIT = 0.03, 20.0  # seconds of a process: to start, and at most
_PATIENCE = 60.0  # seconds for a list; some programs prepare their input first
# In POSIX extended expressions, and in those of ECMAScript, RE2 and PCRE.
_SPECIAL = re.compile(r"[.\[{()*+?|^$\\]")
_NOTHING = "--benchmark_filter=^$"
_UNMATCHED, _UNREADABLE = "Failed to match any benchmarks", "Could not compile benchmark re"
_LEAST = "--benchmark_min_time"


def add_flags(add: flags.Add) -> None:
    add("--filter", metavar="REGEX", default="", help="the benchmarks that match it, as --benchmark_filter")
    least = f"that a benchmark is timed for in each process (default: {MIN_TIME:g})"
    add("--min-time", metavar="SECONDS", type=flags.positive(float), default=MIN_TIME, help=least)
    rate = "judge a counter of which more is better, such as items_per_second: times become those of one item"
    add("--rate", metavar="COUNTER", default="", help=rate)


def make(arguments: argparse.Namespace, words: Sequence[str]) -> Benchmark:
    program = Path(os.path.abspath(arguments.subject))
    return Benchmark(program, arguments.filter, arguments.min_time, arguments.rate)


@dataclass(frozen=True)
class Benchmark:
    program: Path
    filter: str = ""
    min_time: float = MIN_TIME
    rate: str = ""  # in whose place time is judged

    @property
    def label(self) -> str:
        return f"{self.program.name} --filter={self.filter}" if self.filter else self.program.name

    @property
    def words(self) -> list[str]:
        asked = {"filter": self.filter, "rate": self.rate}
        chosen = [f"--{flag}={value}" for flag, value in asked.items() if value]
        return [str(self.program), *chosen, f"--min-time={self.min_time:g}"]

    @property
    def timing(self) -> list[str]:
        """As every version of the library takes them."""
        alone = ["--benchmark_repetitions=1", "--benchmark_report_aggregates_only=false"]
        return [f"{_LEAST}={self.min_time:g}", *alone]

    @property
    def limit(self) -> float:
        return _LIMIT

    @property
    def identity(self) -> Json:
        return {"programs": {self.program.name: digest([self.program])}, "rate": self.rate}

    def like(self, cell: Cell, planned: Mapping[str, Cell], catalogue: Catalogue) -> Cell | str:
        return planned.get(cell.name, "NEW has no such benchmark")

    def estimate(self, cell: Cell, effective_cpus: float) -> float:
        """The library's search for a number of iterations takes about as long as what it times in the end."""
        return _START + 2.5 * self.min_time

    def facts(self, catalogue: Catalogue) -> Json:
        one = re.sub("s?_per_second$", "", self.rate)
        return catalogue.machine | {"unit": one or document.UNIT}

    def begin(self, plan: Plan, seed: int, wake: int, kept: list[str] | None) -> tuple[list[str], str]:
        return [], ""

    def end(self) -> None:
        pass

    def plan(self, selection: Selection, catalogue: Catalogue) -> Plan:
        if selection.settings:
            raise UsageError(
                f"--set={selection.settings[0]}: {TITLE} has no parameters; --filter chooses by name"
            )
        if selection.weak:
            raise UsageError(f"--scaling=weak: {TITLE} has the work that it has; leave it out")
        entries = names.entries(self._listed(), self.program.stem)
        cells = [_cell(entry, self.program) for entry in entries.values()]
        counts = [
            math.ceil(catalogue.effective_cpus) if text == "max" else int(text)
            for text in selection.workers.split(",")
            if text
        ]
        for count in counts:
            if count not in (there := sorted({cell.workers for cell in cells})):
                known = ", ".join(map(str, there))
                raise UsageError(
                    f"--workers={count}: no benchmark has as many; by their names they have {known}"
                )
        return Plan(tuple(cell for cell in cells if not counts or cell.workers in counts), (), ())

    def _listed(self) -> list[str]:
        """The names, in their order, each once. What the program prints of its own is on both lists. Raises UsageError."""
        found = _said(self.program, f"--benchmark_filter={self.filter or '.'}")
        own = _said(self.program, _NOTHING).splitlines()
        listed = []
        for line in found.splitlines():
            if line in own:
                own.remove(line)
            elif line:
                listed.append(line)
        if not listed:
            asked = f"--filter={self.filter}: " if self.filter else ""
            raise UsageError(f"{asked}{self.program.name} has no such benchmarks")
        return [*dict.fromkeys(listed)]

    def sample(self, cell: Cell, how: Conditions) -> Outcome:
        only = f"--benchmark_filter={anchored(cell.name)}"
        outcome = run_benchmark(
            self.program,
            [only, *how.timing, *_with_unit(self.program, how.timing)],
            how.limit,
            how.padding,
            how.wake,
            how.cpus,
            how.change.environment,
            _LIBRARY,
        )
        if outcome.kind == "crash" and _UNMATCHED in outcome.reason:
            return replace(outcome, kind="missing", reason=f"no such benchmark: {only} matched none")
        for entry in outcome.document.get("benchmarks", ()):
            entry["workers"] = cell.workers
        return _by_rate(outcome, self.rate) if self.rate else outcome


def anchored(name: str) -> str:
    """The expression that matches this name alone. Bytes that are no UTF-8 are not known any more."""
    return f"^{_SPECIAL.sub(lambda found: chr(92) + found[0], name)}$".replace("\ufffd", ".*")


def _by_rate(outcome: Outcome, rate: str) -> Outcome:
    """Times are of one item, and there were as many iterations as items; the time of an iteration is kept beside them."""
    for entry in outcome.document.get("benchmarks", ()):
        value = entry.get(rate)
        if not isinstance(value, (int, float)) or value <= 0:
            there = ", ".join(key for key in entry if key.endswith("_per_second")) or "none a second"
            reason = f"--rate={rate} is {value}; its rates: {there}"
            return Outcome(kind="error", reason=reason, disturbance=outcome.disturbance)
        time = entry["iteration_time"] = entry["real_time"]
        if not {"real_time", "manual_time"} & {*entry["name"].split("/")}:
            time = entry["cpu_time"] or time  # what the library takes rates by
        items = value * time / 1e9
        entry |= {"real_time": 1e9 / value, "cpu_time": entry["cpu_time"] / items}
        entry["iterations"] = entry.get("iterations", 0) * items
    return outcome


def _cell(entry: Json, program: Path) -> Cell:
    keys = ("name", "case", "workload", "executor", "contender", "workers", "baseline")
    return Cell(arguments=(), program=program, entry=entry, **{key: entry[key] for key in keys})


def _read(text: str) -> Json:
    found, _ = document.parse(text)
    if not document.recognised(found):
        raise ValueError("no results of Google Benchmark")
    return document.outcome(found)


_LIBRARY = Dialect(_read, highest_status=0, says_where=False)


def _said(program: Path, *arguments: str) -> str:
    """What its list says. Raises UsageError."""
    ended = _listing(program, arguments)
    lines = ended.stderr.strip().splitlines() or ["no message"]
    if ended.returncode != 0 or _UNREADABLE in ended.stderr:
        how = f"ended with {ended.returncode}" if ended.returncode else "refuses the filter"
        raise UsageError(f"{program.name} --benchmark_list_tests {how}: {lines[-1]}")
    return ended.stdout


def _listing(program: Path, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    command = [str(program), "--benchmark_list_tests=true", *arguments]
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_PATIENCE,
        )
    except OSError as error:
        raise UsageError(f"{program} cannot be run: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{program} cannot be run: {error}") from error
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"{program.name} has not listed its benchmarks within {_PATIENCE:g} s") from error


def _with_unit(program: Path, timing: Sequence[str]) -> list[str]:
    """Its times once more, where the program asks for a suffix, as libraries from 1.8 on do; the last one counts."""
    return [f"{text}s" for text in timing if text.startswith(_LEAST)] if _takes_unit(program) else []


@lru_cache
def _takes_unit(program: Path) -> bool:
    """Older libraries refuse it, also where they are asked for a list, which measures nothing."""
    return _LEAST not in _listing(program, [_NOTHING, f"{_LEAST}=1s"]).stderr
