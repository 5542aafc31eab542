"""Which cells are asked for: the binary's, with executors of Python in place of its own."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Sequence, Type

from benchmarks.peers import registry
from benchmarks.peers.executor import Executor
from benchmarks.peers.reference import Binary, UsageError
from benchmarks.peers.workload import Case, Workload


@dataclass(frozen=True)
class Cell:
    """What is measured: a case under an executor with a number of workers."""

    case: Case
    workload: Type[Workload]
    executor: Type[Executor]
    executor_name: str
    workers: int
    tag: str = ""  # what tells this interpreter's executors from another's
    settings: tuple[str, ...] = ()  # the flags that make this case of its workload

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

    def as_json(self) -> dict[str, Any]:
        own: dict[str, None] = {"in_flight": None} if self.executor.all_in_flight else {}
        return {
            "name": self.name,
            "case": self.case.name,
            "workload": self.case.workload,
            "executor": self.contender,
            "contender": self.contender,
            "kind": self.executor.kind,
            "family": registry.FAMILY,
            "workers": self.workers,
            "lifecycle": "warm",
            **self.case.described,
            "executor_parameters": own,
            "executor_roles": own,
        }

    def arguments(self) -> list[str]:
        """Of this program, to run this cell alone."""
        flags = [f"--workloads={self.case.workload}", f"--executors={self.executor_name}"]
        flags += [f"--workers={self.workers}", *([f"--tag={self.tag}"] if self.tag else [])]
        return [*flags, *self.settings]


@dataclass(frozen=True)
class Selection:
    cells: list[Cell]
    context: dict[str, Any]  # of machine and build
    refused: list[str]  # the cases that are not written in Python, and why
    model: dict[str, Any]  # the binary's document of its own cells

    def as_json(self) -> dict[str, Any]:
        cells = [{**cell.as_json(), "arguments": cell.arguments()} for cell in self.cells]
        return {**self.model, "cells": cells}


def select(
    binary: Binary,
    workloads: Sequence[str] = ("*",),  # names or globs
    executors: Sequence[str] = ("*",),
    flags: Sequence[str] = (),  # --workers, --set and --seed, as the binary takes them
    tag: str = "",
) -> Selection:
    """The cells asked for, those of process executors first. Raises UsageError on unknown names."""
    written = registry.workload_names()
    known = [name for name in binary.workload_names() if name in written]
    chosen = _pick("--workloads", workloads, known)
    chosen_executors = _pick("--executors", executors, registry.executor_names())
    flags = [f"--workloads={','.join(chosen)}", *flags]
    model = binary.cells(*flags)
    context, cases = binary.cases(model["cells"], *flags)
    peers = {name: registry.workload(name) for name in chosen}
    refusals = {case.name: case.missing or peers[case.workload].refusal(case) for case in cases.values()}
    found: dict[str, Cell] = {}  # by name: one worker is one worker, however many are asked for
    by_kind = [(registry.executor(name), name) for name in chosen_executors]
    for executor, name in sorted(by_kind, key=lambda pair: pair[0].kind != "processes"):
        for entry in model["cells"]:
            case = cases[entry["case"]]
            workers = 1 if executor.alone else entry["workers"]
            settings = tuple(flag for flag in entry["arguments"] if flag.startswith("--set="))
            cell = Cell(case, peers[case.workload], executor, name, workers, tag, settings)
            if not refusals[case.name]:
                found.setdefault(cell.name, cell)
    refused = [f"{name}: {why}" for name, why in refusals.items() if why]
    return Selection(list(found.values()), context, refused, model)


def _pick(flag: str, patterns: Sequence[str], names: list[str]) -> list[str]:
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise UsageError(f"{flag}={pattern}: no such name; there are: {', '.join(names)}")
    return [name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)]
