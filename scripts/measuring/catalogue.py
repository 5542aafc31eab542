"""What the binary can run: its workloads and executors (`--list=json`), and the cells of a selection (`--dry-run=json`)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.analysis.comparable import MACHINE
from scripts.analysis.text import SCHEMA
from scripts.measuring.usage import UsageError

Json = dict[str, Any]

_PATIENCE = 60.0  # seconds for an answer that takes milliseconds
_MISSHAPEN = (AttributeError, KeyError, TypeError, ValueError)  # what an answer of another shape leads to


@dataclass(frozen=True)
class Cell:
    """One workload with its parameters, one executor with its own, and a worker count: one name in the results."""

    name: str
    case: str
    arguments: tuple[str, ...]  # for its program to run this cell alone
    program: Path
    workload: str = ""
    executor: str = ""
    contender: str = ""
    workers: int = 1
    lifecycle: str = "warm"
    baseline: bool = False
    entry: Json = field(default_factory=dict, compare=False)  # of cells[] in the results

    def with_settings(self, settings: Iterable[str]) -> list[str]:
        """Its arguments with those settings "OWNER.PARAMETER=VALUE" that are of its workload or executor; the last one
        of a parameter counts."""
        mine = {
            key: f"--set={key}={value}"
            for key, _, value in (text.partition("=") for text in settings)
            if key.partition(".")[0] in (self.workload, self.executor)
        }
        kept = [text for text in self.arguments if text.removeprefix("--set=").partition("=")[0] not in mine]
        return [*kept, *mine.values()]


def cell(entry: Json, program: Path, before: Sequence[str] = (), after: Sequence[str] = ()) -> Cell:
    """The cell of an entry; its arguments get what the program needs `before` and `after` them. Raises KeyError,
    TypeError or ValueError on what is no cell."""
    return Cell(
        entry["name"],
        entry["case"],
        (*before, *entry["arguments"], *after),
        program,
        entry["workload"],
        entry["executor"],
        entry["contender"],
        int(entry["workers"]),
        entry["lifecycle"],
        entry["family"] == "serial",
        # Those of another program (`before`) would not be understood by the binary, which a duet asks.
        {key: value for key, value in entry.items() if key != "arguments" or not before},
    )


@dataclass(frozen=True)
class Parameter:
    name: str
    default: str
    choices: tuple[str, ...]  # of a choice; else empty
    brief: str  # the value that the default run uses; "" if the default


@dataclass(frozen=True)
class Owner:
    """A workload or an executor: what has parameters."""

    name: str
    standard: bool = True  # part of the default run
    parameters: tuple[Parameter, ...] = ()
    waits: bool = False
    plugin: str = ""  # the file that it is from; "" where it is built in
    fixed: tuple[str, ...] = ()  # values of the first choice whose work does not grow with the workers

    @property
    def plain(self) -> str:
        """The name without an interpreter's tag."""
        return self.name.partition("@")[0]

    @property
    def first_choice(self) -> Parameter | None:
        """The parameter by which the algorithm is chosen, where there is one."""
        return next((parameter for parameter in self.parameters if parameter.choices), None)


def owners(entries: Iterable[Json]) -> tuple[Owner, ...]:
    """The workloads or executors in a `--list=json` document."""

    def parameter(entry: Json) -> Parameter:
        choices = entry["choices"] if entry["type"] == "choice" else ()
        return Parameter(entry["name"], entry["default"], tuple(choices), entry.get("brief", ""))

    def owner(entry: Json) -> Owner:
        parameters = tuple(map(parameter, entry.get("parameters", ())))
        standard, waits = entry.get("standard", True), entry.get("waits", False)
        fixed = tuple(one["choice"] for one in entry.get("weak", ()) if not one["parameters"])
        return Owner(entry["name"], standard, parameters, waits, entry.get("plugin", ""), fixed)

    return tuple(map(owner, entries))


@dataclass(frozen=True)
class Catalogue:
    """What one program can run. `cpus` are in the order in which workers should take them."""

    program: Path
    effective_cpus: float  # affinity and cgroup quota; may be fractional
    cpus: tuple[int, ...]
    workloads: tuple[Owner, ...]
    executors: tuple[Owner, ...]
    machine: Json = field(default_factory=dict)  # what a number depends on, as contexts of results have it
    flags: tuple[str, ...] = ()  # that it was asked with, and that its cells need: plug-ins
    observers: frozenset[str] = frozenset()

    def cells(self, arguments: Sequence[str], seed: int) -> list[Cell]:
        """The cells that the binary would run with these arguments, each once. Raises UsageError."""
        same = [f"--seed={seed}", *self.flags]
        found = ask(self.program, "--dry-run=json", *arguments, *same)
        return parse_cells(found, f"--bench: {self.program}", self.program, after=same)

    def names(self, arguments: Sequence[str]) -> list[str]:
        """Of the cells that the binary makes of the arguments of a cell. Raises UsageError."""
        seed = next(text for text in arguments if text.startswith("--seed="))
        others = [text for text in arguments if text != seed]
        return [found.name for found in self.cells(others, int(seed.partition("=")[2]))]


def read(binary: Path, flags: tuple[str, ...] = ()) -> Catalogue:
    """Raises UsageError."""
    text = ask(binary, "--list=json", *flags)
    try:
        document = json.loads(text)
        cpus = tuple(map(int, document.get("cpus", ())))
        known = owners(document["workloads"]), owners(document["executors"])
        facts = document.get("machine", {})
        machine = {key: facts[key] for key in MACHINE if key in facts}
        observers = frozenset(str(entry["name"]) for entry in document.get("observers", ()))
        return Catalogue(binary, float(document["effective_cpus"]), cpus, *known, machine, flags, observers)
    except _MISSHAPEN as error:
        raise UsageError(f"--bench: {binary} --list=json is not a catalogue: {error!r}") from error


def parse_cells(
    text: str, source: str, program: Path, before: Sequence[str] = (), after: Sequence[str] = ()
) -> list[Cell]:
    """The cells in the answer to --dry-run=json. Raises UsageError, which names the source."""
    try:
        document = json.loads(text)
        if (schema := document.get("schema")) != SCHEMA:
            differ = f"{source} speaks schema {schema}, this is {SCHEMA}"
            raise UsageError(f"{differ}: build both from the same commit")
        found = [cell(entry, program, before, after) for entry in document["cells"]]
    except _MISSHAPEN as error:
        raise UsageError(f"{source} --dry-run=json is not a list of cells: {error!r}") from error
    return list({one.name: one for one in found}.values())


def ask(binary: Path, *arguments: str) -> str:
    """What the binary prints. Raises UsageError."""
    if not binary.is_file():
        build = "cmake --preset release && cmake --build --preset release"
        raise UsageError(f"--bench: no binary at {binary}; build it: {build}")
    return answer([binary, *arguments], f"--bench: {binary} {' '.join(arguments)}")


def answer(command: Sequence[str | Path], source: str) -> str:
    """What a program prints. Raises UsageError, in the program's own words where it refuses the question."""
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_PATIENCE
        )
    except OSError as error:
        raise UsageError(f"{source} cannot be run: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"{source} has not answered within {_PATIENCE:g} s") from error
    said = ended.stderr.strip().splitlines()
    if ended.returncode == 2 and said:
        raise UsageError(said[-1])
    if ended.returncode != 0:
        raise UsageError(f"{source} ended with {ended.returncode}: {said[-1] if said else 'no message'}")
    return ended.stdout
