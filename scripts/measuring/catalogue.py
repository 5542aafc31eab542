"""What the binary can run, in its own words (`--list=json`, `--dry-run`)."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.measuring.usage import UsageError

_PATIENCE = 60.0  # seconds for an answer that takes milliseconds


@dataclass(frozen=True)
class Parameter:
    name: str
    default: str
    choices: tuple[str, ...]  # of a choice; else empty


@dataclass(frozen=True)
class Workload:
    name: str
    waits: bool
    parameters: tuple[Parameter, ...]

    @property
    def first_choice(self) -> Parameter | None:
        """The parameter that says which algorithm it is, where there is one."""
        return next((parameter for parameter in self.parameters if parameter.choices), None)


@dataclass(frozen=True)
class Catalogue:
    effective_cpus: float  # affinity and cgroup quota; may be fractional
    workloads: tuple[Workload, ...]
    executors: tuple[str, ...]
    cpus: tuple[int, ...] = ()  # in the order in which workers should take them; none where it does not say


def parse(document: dict[str, Any]) -> Catalogue:
    """The catalogue in a `--list=json` document."""
    workloads = tuple(
        Workload(
            entry["name"],
            bool(entry["waits"]),
            tuple(
                Parameter(p["name"], p["default"], tuple(p["choices"]) if p["type"] == "choice" else ())
                for p in entry["parameters"]
            ),
        )
        for entry in document["workloads"]
    )
    executors = tuple(entry["name"] for entry in document["executors"])
    cpus = tuple(map(int, document.get("cpus", ())))
    return Catalogue(float(document["effective_cpus"]), workloads, executors, cpus)


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
    text = ask(binary, "--list=json")
    try:
        return parse(json.loads(text))
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"--bench: {binary} --list=json is not a catalogue: {error!r}") from error


def cell_names(binary: Path, arguments: list[str]) -> list[str]:
    """The names of the cells that the binary would run with these arguments, each once."""
    return list(dict.fromkeys(ask(binary, "--dry-run", *arguments).splitlines()))
