"""Google Benchmark's JSON, with failures beside the results, as fanout-bench writes it."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Dict, List

from benchmarks.peers import interpreter
from benchmarks.peers.selection import Cell

UNAVAILABLE = "unavailable"  # the kind of failure that is no fault of the run


@dataclass(frozen=True)
class Timing:
    """One repetition: seconds of all its batches together."""

    iterations: int
    real: float
    cpu: float


@dataclass
class Report:
    """Takes what was measured; says it to people as it comes, to programs at the end."""

    entries: List[Dict[str, Any]] = field(default_factory=list)
    failures: List[Dict[str, str]] = field(default_factory=list)
    cells: int = 0

    def commit(self, cell: Cell, timings: List[Timing], facts: Dict[str, float]) -> None:
        for index, timing in enumerate(timings):
            entry = {**self._entry(cell, index, len(timings), timing), **facts}
            self.entries.append(entry)
            print(
                f"{cell.name}  {entry['real_time']:.1f} us real, {entry['cpu_time']:.1f} us CPU a batch,"
                f" {entry['real_time'] / max(1, cell.case.tasks):.2f} us a task, {timing.iterations} batches",
                flush=True,
            )
        self.cells += 1

    @property
    def failed(self) -> bool:
        """Whether a cell failed that could have had a number."""
        return any(failure["kind"] != UNAVAILABLE for failure in self.failures)

    def fail(self, cell: Cell, kind: str, reason: str) -> None:
        print(f"FAILED {cell.name}: {kind}: {reason}", file=sys.stderr, flush=True)
        self.failures.append({"name": cell.name, "kind": kind, "reason": reason})

    def document(self, context: Dict[str, Any]) -> str:
        document = {"context": context, "benchmarks": self.entries, "failures": self.failures}
        return json.dumps(document, indent=1, allow_nan=False) + "\n"

    def _entry(self, cell: Cell, index: int, repetitions: int, timing: Timing) -> Dict[str, Any]:
        return {
            "name": cell.name,
            "family_index": self.cells,
            "per_family_instance_index": 0,
            "run_name": cell.name,
            "run_type": "iteration",
            "repetitions": repetitions,
            "repetition_index": index,
            "threads": 1,
            "iterations": timing.iterations,
            "real_time": timing.real / timing.iterations * 1e6,
            "cpu_time": timing.cpu / timing.iterations * 1e6,
            "time_unit": "us",
            "items_per_second": timing.iterations * cell.case.tasks / timing.real,
        }


def context(
    of_machine: Dict[str, Any], cells: List[Cell], seed: int, tag: str, interrupted: bool
) -> Dict[str, Any]:
    """What is needed to trust the numbers: of the machine and C++'s build, as the binary tells, and the interpreter."""
    return {
        "date": datetime.now().astimezone().isoformat(timespec="seconds"),
        "host_name": os.uname().nodename,
        "num_cpus": os.cpu_count(),
        "library_build_type": "debug" if hasattr(sys, "gettotalrefcount") else "release",
        **of_machine,
        "seed": seed,
        "affinity": sorted(os.sched_getaffinity(0)),
        "interrupted": interrupted,
        "environment": interpreter.environment(),
        "executors": {cell.executor_name: interpreter.words() for cell in cells},
        "pythons": {tag or interpreter.short(): interpreter.facts()},
    }


class OutputFile:
    """Written whole or not at all; that it can be written is known before anything is measured."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._temporary = path.with_name(f"{path.name}.tmp.{os.getpid()}")
        if path.is_dir():
            raise OSError(f"cannot write {path}: it is a directory")
        try:
            self._file = open(self._temporary, "w", encoding="utf-8")
        except OSError as error:
            raise OSError(f"cannot write {path}: {error.strerror}") from error

    def commit(self, text: str) -> None:
        with self._file as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(self._temporary, self._path)

    def discard(self) -> None:
        """To be called at last: nothing is left of a file that was not committed."""
        self._file.close()
        self._temporary.unlink(missing_ok=True)
