"""Which cells are asked for: the binary's, with executors of Python in place of its own."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Sequence

from benchmarks.peers import registry
from benchmarks.peers.executor import Executor
from benchmarks.peers.reference import UsageError, ask
from benchmarks.peers.workload import Case, Workload

Json = dict[str, Any]

# It runs every case with every number of workers: its cells are what each of the peers' executors is to run.
_MODEL = "--executors=pool"


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
    known = [entry["name"] for entry in ask(binary, "--list=json")["workloads"]]
    written = [name for name in known if name in registry.workload_names()]
    peers = {name: registry.workload(name) for name in _pick("--workloads", workloads, written)}
    chosen = _pick("--executors", executors, registry.executor_names())
    flags = [_MODEL, f"--workloads={','.join(peers)}", *flags]
    model = ask(binary, "--dry-run=json", *flags)
    context, cases = _cases(binary, model["cells"], flags)
    refusals = {name: case.missing or peers[case.workload].refusal(case) for name, case in cases.items()}
    found: dict[
        str, Cell
    ] = {}  # by name: an executor with one worker has one cell, however many are asked for
    by_kind = [(registry.executor(name), name) for name in chosen]
    for executor, name in sorted(by_kind, key=lambda pair: pair[0].kind != "processes"):
        for entry in model["cells"]:
            case, workers = cases[entry["case"]], 1 if executor.alone else entry["workers"]
            cell = Cell(case, peers[case.workload], executor, name, workers, tag, entry)
            if not refusals[case.name]:
                found.setdefault(cell.name, cell)
    refused = [f"{name}: {why}" for name, why in refusals.items() if why]
    return Selection(list(found.values()), context, refused, model)


def _cases(binary: Path, cells: Sequence[Json], flags: Sequence[str]) -> tuple[Json, dict[str, Case]]:
    """The context of machine and build, and the cases of these cells by name."""
    document = ask(binary, "--expected", *flags)
    parameters = {cell["case"]: cell["parameters"] for cell in cells}
    cases: dict[str, Case] = {}
    for entry in document["cases"]:
        name, expected = entry["case"], [int(word) for word in entry["expected"]]
        same = {key: entry[key] for key in ("workload", "seed", "tasks", "width", "missing")}
        cases[name] = Case(
            name, parameters=parameters[name], expected=expected, programs=binary.parent, **same
        )
    return document["context"], cases


def _pick(flag: str, patterns: Sequence[str], names: list[str]) -> list[str]:
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise UsageError(f"{flag}={pattern}: no such name; there are: {', '.join(names)}")
    return [name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)]
