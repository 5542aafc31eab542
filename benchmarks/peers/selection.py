"""Which cells are asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Dict, List, Sequence, Tuple, Type

from benchmarks.peers import reference, registry
from benchmarks.peers.executor import Executor
from benchmarks.peers.reference import UsageError
from benchmarks.peers.workload import Case, Workload

_MOST_WORKERS = 4096


@dataclass(frozen=True)
class Request:
    """What a user asked for, as it was written."""

    workloads: Sequence[str] = ("*",)  # names or globs
    executors: Sequence[str] = ("*",)
    workers: Sequence[str] = ("1", "max")
    settings: Sequence[str] = ()  # "workload.parameter=value[,value...]"
    seed: int = 1
    tag: str = ""  # what tells this interpreter's executors from another's


@dataclass(frozen=True)
class Cell:
    """What is measured, and its name in JSON."""

    case: Case
    workload: Type[Workload]
    executor: Type[Executor]
    executor_name: str  # with the tag
    workers: int

    @property
    def name(self) -> str:
        workload, _, parameters = self.case.name.partition("/")
        parts = [workload, self.executor_name, f"workers:{self.workers}", self.executor.axis, parameters]
        return "/".join(part for part in parts if part)


@dataclass(frozen=True)
class Selection:
    cells: List[Cell]
    context: Dict[str, Any]  # of machine and build
    refused: List[str]  # the cases that are not written in Python, a sentence each


def tagged(name: str, tag: str) -> str:
    return f"{name}@{tag}" if tag else name


def select(request: Request) -> Selection:
    """The cells of a request, those of process executors first. Raises UsageError on what nobody knows."""
    written = registry.workload_names()
    known = [name for name in reference.known_workloads() if name in written]
    chosen = _pick("--workloads", request.workloads, known)
    chosen_executors = _pick("--executors", request.executors, registry.executor_names())
    context, cases = reference.read(chosen, request.settings, request.seed)
    counts = _workers(request.workers, math.ceil(context["effective_cpus"]))
    workloads = {name: registry.workload(name) for name in chosen}
    executors = {name: registry.executor(name) for name in chosen_executors}
    refusals = {case.name: case.missing or workloads[case.workload].refusal(case) for case in cases}
    cells = []
    for name, executor in sorted(executors.items(), key=lambda item: item[1].kind != "processes"):
        for case in cases:
            for workers in [1] if executor.alone else counts:
                if not refusals[case.name]:
                    cells.append(
                        Cell(case, workloads[case.workload], executor, tagged(name, request.tag), workers)
                    )
    return Selection(cells, context, [f"{case}: {why}" for case, why in refusals.items() if why])


def _pick(flag: str, patterns: Sequence[str], names: List[str]) -> List[str]:
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise UsageError(f"{flag}={pattern}: no such name; there are: {', '.join(names)}")
    return [name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)]


def _workers(texts: Sequence[str], cpus: int) -> Tuple[int, ...]:
    counts = []
    for text in texts:
        count = cpus if text == "max" else int(text) if text.isdecimal() and text.isascii() else 0
        if not 1 <= count <= _MOST_WORKERS:
            raise UsageError(f"--workers={text}: accepted: 1 .. {_MOST_WORKERS}, or max ({cpus} here)")
        counts.append(count)
    return tuple(dict.fromkeys(counts))
