"""Which cells are asked for: the binary's, with executors of Python in place of its own."""

import json
import subprocess
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Sequence

from benchmarks.peers import registry
from benchmarks.peers.executor import Executor
from benchmarks.peers.workload import Case, Workload

Json = dict[str, Any]

SCHEMA = 2  # of the documents that the binary and the peers write

_PATIENCE = 60.0  # seconds for an answer of the binary, which takes far less than one
# It runs every case with every number of workers: its cells are what each of the peers' executors is to run.
_MODEL = "--executors=pool"


class UsageError(Exception):
    """What was asked, what was found, what to do; in one line."""


@dataclass(frozen=True)
class Cell:
    """What is measured: a case under an executor with a number of workers."""

    case: Case
    workload: type[Workload]
    executor: type[Executor]
    executor_name: str
    workers: int
    tag: str = ""  # what tells this interpreter's executors from another's
    model: Json = field(default_factory=dict)  # the binary's cell that this one competes with

    @property
    def contender(self) -> str:
        return f"{self.executor_name}@{self.tag}" if self.tag else self.executor_name

    @property
    def name(self) -> str:
        own = "/in_flight:all" if self.executor.all_in_flight else ""
        parameters = self.case.name[len(self.case.workload) :]
        return f"{self.case.workload}/{self.contender}/workers:{self.workers}{own}{parameters}"

    @property
    def at_once(self) -> int:
        """Tasks that are under way at the same time, at most."""
        return self.case.tasks if self.executor.all_in_flight else min(self.workers, self.case.tasks)

    def as_json(self) -> Json:
        """The binary's fields."""
        own: dict[str, None] = {"in_flight": None} if self.executor.all_in_flight else {}
        return {
            **{key: value for key, value in self.model.items() if key != "arguments"},
            "name": self.name,
            "executor": self.contender,
            "contender": self.contender,
            "kind": self.executor.kind,
            "family": registry.FAMILY,
            "workers": self.workers,
            "executor_parameters": own,
            "executor_roles": own,
        }

    def arguments(self) -> list[str]:
        """Of this program, to run this cell alone."""
        flags = [f"--workloads={self.case.workload}", f"--executors={self.executor_name}"]
        flags += [f"--workers={self.workers}", *([f"--tag={self.tag}"] if self.tag else [])]
        return flags + [text for text in self.model["arguments"] if text.startswith("--set=")]


@dataclass(frozen=True)
class Selection:
    cells: list[Cell]
    context: Json  # of machine and build
    refused: list[str]  # the cases that are not written in Python, and why
    model: Json  # the binary's document of its own cells

    def as_json(self) -> Json:
        cells = [{**cell.as_json(), "arguments": cell.arguments()} for cell in self.cells]
        return {**self.model, "cells": cells}


def select(
    binary: Path,
    workloads: Sequence[str] = ("*",),  # names or globs
    executors: Sequence[str] = ("*",),
    flags: Sequence[str] = (),  # --workers, --set and --seed, as the binary takes them
    tag: str = "",
) -> Selection:
    """The cells asked for, those of process executors first. Raises UsageError."""
    names = _pick("--workloads", workloads, registry.workload_names())
    peers = {name: registry.workload(name) for name in names}
    chosen = {
        name: registry.executor(name) for name in _pick("--executors", executors, registry.executor_names())
    }
    flags = [_MODEL, f"--workloads={','.join(names)}", *flags]
    model, described = (_ask(binary, question, *flags) for question in ("--dry-run=json", "--expected"))
    parameters = {entry["case"]: entry["parameters"] for entry in model["cells"]}
    cases: dict[str, Case] = {}
    refused: dict[str, str] = {}
    for entry in described["cases"]:
        name, expected = entry["case"], list(map(int, entry["expected"]))
        same = {key: entry[key] for key in ("workload", "seed", "tasks", "width", "missing")}
        case = Case(name, parameters=parameters[name], expected=expected, programs=binary.parent, **same)
        if why := case.missing or peers[case.workload].refusal(case):
            refused[name] = why
        else:
            cases[name] = case
    # By name: an executor with one worker has one cell, however many are asked for.
    found: dict[str, Cell] = {}
    for name, executor in sorted(chosen.items(), key=lambda item: item[1].kind != "processes"):
        for entry in model["cells"]:
            if runnable := cases.get(entry["case"]):
                workers = 1 if executor.alone else entry["workers"]
                cell = Cell(runnable, peers[runnable.workload], executor, name, workers, tag, entry)
                found.setdefault(cell.name, cell)
    why_not = [f"{name}: {why}" for name, why in refused.items()]
    return Selection(list(found.values()), described["context"], why_not, model)


def _pick(flag: str, patterns: Sequence[str], names: list[str]) -> list[str]:
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise UsageError(f"{flag}={pattern}: no such name; there are: {', '.join(names)}")
    return [name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)]


def _ask(binary: Path, *arguments: str) -> Json:
    """The answer of a fanout-bench, in JSON. Raises UsageError, in the binary's words where it refuses."""
    if not binary.is_file():
        build = "cmake --preset release && cmake --build --preset release"
        raise UsageError(f"--bench: no binary at {binary}; build it: {build}")
    command = [str(binary), *arguments]
    try:
        answer = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE)
        if answer.returncode != 0:
            complaint = answer.stderr.decode(errors="replace").strip()
            raise UsageError(complaint or f"--bench: {binary} ended with {answer.returncode}")
        document: Json = json.loads(answer.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise UsageError(f"--bench: {binary} {arguments[0]} gives no answer in JSON: {error}") from error
    if document.get("schema", SCHEMA) != SCHEMA:
        found = f"{binary} speaks schema {document['schema']}, this is {SCHEMA}"
        raise UsageError(f"--bench: {found}: build it from this commit")
    return document
