"""What the binary can run: its workloads and executors (`--list=json`), and the cells of a selection (`--dry-run=json`)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.analysis.text import SCHEMA
from scripts.measuring.usage import UsageError

Json = dict[str, Any]

_PATIENCE = 60.0  # seconds for an answer that takes milliseconds


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
    standard: bool  # part of the default run
    parameters: tuple[Parameter, ...]
    waits: bool = False

    @property
    def first_choice(self) -> Parameter | None:
        """The parameter by which the algorithm is chosen, where there is one."""
        return next((parameter for parameter in self.parameters if parameter.choices), None)


@dataclass(frozen=True)
class Catalogue:
    """What one program can run. `cpus` are in the order in which workers should take them."""

    program: Path
    effective_cpus: float  # affinity and cgroup quota; may be fractional
    cpus: tuple[int, ...]
    workloads: tuple[Owner, ...]
    executors: tuple[Owner, ...]

    def cells(self, arguments: Sequence[str], seed: int) -> list[Cell]:
        """The cells that the binary would run with these arguments, each once. Raises UsageError."""
        same = f"--seed={seed}"
        answer = ask(self.program, "--dry-run=json", *arguments, same)
        return parse_cells(answer, f"--bench: {self.program}", self.program, after=[same])


def parse_cells(
    answer: str, source: str, program: Path, before: Sequence[str] = (), after: Sequence[str] = ()
) -> list[Cell]:
    """The cells in the answer to --dry-run=json. Raises UsageError, which names the source."""
    try:
        document = json.loads(answer)
        require_schema(document, source)
        found = [cell(entry, program, before, after) for entry in document["cells"]]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{source} --dry-run=json is not a list of cells: {error!r}") from error
    return list({one.name: one for one in found}.values())


def require_schema(document: Mapping[str, Any], source: str) -> None:
    if (schema := document.get("schema")) != SCHEMA:
        raise UsageError(
            f"{source} speaks schema {schema}, this is {SCHEMA}: build both from the same commit"
        )


def owners(entries: Iterable[Json]) -> tuple[Owner, ...]:
    """The workloads or executors in a `--list=json` document."""
    return tuple(
        Owner(
            entry["name"],
            bool(entry.get("standard", True)),
            tuple(
                Parameter(
                    p["name"],
                    p["default"],
                    tuple(p["choices"]) if p["type"] == "choice" else (),
                    p.get("brief", ""),
                )
                for p in entry.get("parameters", ())
            ),
            bool(entry.get("waits", False)),
        )
        for entry in entries
    )


def ask(binary: Path, *arguments: str) -> str:
    """What the binary prints. Raises UsageError with the binary's own words where it refuses."""
    if not binary.is_file():
        raise UsageError(
            f"--bench: no binary at {binary}; build it: cmake --preset release && cmake --build --preset release"
        )
    try:
        answer = subprocess.run(
            [binary, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
        )
    except OSError as error:
        raise UsageError(f"--bench: cannot run {binary}: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        asked = " ".join(arguments)
        raise UsageError(f"--bench: {binary} {asked} has not answered within {_PATIENCE:g} s") from error
    if answer.returncode == 2:
        raise UsageError(answer.stderr.strip())
    if answer.returncode != 0:
        raise UsageError(
            f"--bench: {binary} {' '.join(arguments)} ended with {answer.returncode}: {answer.stderr.strip()}"
        )
    return answer.stdout


def read(binary: Path) -> Catalogue:
    """Raises UsageError."""
    text = ask(binary, "--list=json")
    try:
        document = json.loads(text)
        return Catalogue(
            binary,
            float(document["effective_cpus"]),
            tuple(map(int, document.get("cpus", ()))),
            owners(document["workloads"]),
            owners(document["executors"]),
        )
    except (AttributeError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"--bench: {binary} --list=json is not a catalogue: {error!r}") from error
