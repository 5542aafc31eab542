"""Google Benchmark's JSON, with cells and failures beside the results, as fanout-bench writes it."""

import json
import os
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Callable, Iterator, Optional, Sequence

from benchmarks.peers import registry
from benchmarks.peers.failure import Failure
from benchmarks.peers.selection import SCHEMA, Cell, UsageError

_ROOM = 16 << 10  # bytes of a file: what small results take
_PATHS = {f"PYTHON{name}" for name in "HOME PATH STARTUP PYCACHEPREFIX USERBASE EXECUTABLE".split()}


@dataclass(frozen=True)
class Timing:
    """One repetition: seconds of all its batches together."""

    iterations: int
    real: float
    cpu: float


@dataclass
class Report:
    """Takes what was measured; prints it for people as it comes, and is a document for programs at the end."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    failures: list[dict[str, Any]] = field(default_factory=list)
    cells: int = 0

    def commit(self, cell: Cell, timings: Sequence[Timing], facts: dict[str, float]) -> None:
        """The facts are more numbers for each of its entries."""
        for index, timing in enumerate(timings):
            real, cpu = (seconds / timing.iterations * 1e6 for seconds in (timing.real, timing.cpu))
            entry = {
                "name": cell.name,
                "family_index": self.cells,
                "per_family_instance_index": 0,
                "run_name": cell.name,
                "run_type": "iteration",
                "repetitions": len(timings),
                "repetition_index": index,
                "threads": 1,
                "iterations": timing.iterations,
                "real_time": real,
                "cpu_time": cpu,
                "time_unit": "us",
                "items_per_second": timing.iterations * cell.case.tasks / timing.real,
                "at_once": float(cell.at_once),
                "tasks": float(cell.case.tasks),
                "workers": float(cell.workers),
            }
            self.entries.append({**entry, **facts})
            batch = f"{real:.1f} us real, {cpu:.1f} us CPU a batch"
            task = f"{real / max(1, cell.case.tasks):.2f} us a task"
            print(f"{cell.name}  {batch}, {task}, {timing.iterations} batches", flush=True)
        self.cells += 1

    @property
    def failed(self) -> bool:
        """Whether a cell failed other than by what the interpreter lacks."""
        return any(failure["kind"] != "unavailable" for failure in self.failures)

    def fail(self, cell: Cell, failure: Failure) -> None:
        print(f"FAILED {cell.name}: {failure.kind}: {failure.reason}", file=sys.stderr, flush=True)
        known = {"kind": failure.kind, "cause": failure.cause, "reason": failure.reason}
        self.failures.append({"name": cell.name, **known})

    def document(self, context: dict[str, Any], cells: Sequence[Cell]) -> str:
        document = {
            "schema": SCHEMA,
            "context": context,
            "benchmarks": self.entries,
            "cells": [cell.as_json() for cell in cells],
            "failures": self.failures,
            "evidence": [],
        }
        return json.dumps(document, indent=1, allow_nan=False) + "\n"


def context(of_machine: dict[str, Any], cells: Sequence[Cell], **more: Any) -> dict[str, Any]:
    """What is needed to trust the numbers: of the machine and C++'s build, as the binary has it, the interpreter, the
    variables that steer it except for those that hold paths, and `more`."""
    steering = [name for name in os.environ if name.startswith("PYTHON") and name not in _PATHS]
    return {
        "date": datetime.now().astimezone().isoformat(timespec="seconds"),
        "host_name": os.uname().nodename,
        "num_cpus": os.cpu_count(),
        "library_build_type": "debug" if hasattr(sys, "gettotalrefcount") else "release",
        **of_machine,
        "affinity": sorted(os.sched_getaffinity(0)),
        "environment": {name: os.environ[name] for name in steering},
        "executors": {cell.contender: registry.words() for cell in cells},
        "pythons": {cell.tag or registry.tag(): registry.interpreter() for cell in cells},
        **more,
    }


@contextmanager
def output_file(path: Optional[Path]) -> Iterator[Callable[[str], object]]:
    """What takes the text of the file, which is written whole or not at all; that it can be written is known before
    anything is measured. A symbolic link is followed; a device or a pipe is written to as it is."""
    if path is None:
        yield lambda text: None
        return
    special = os.path.exists(path) and not os.path.isfile(path)
    target = path if special else Path(os.path.realpath(path))
    temporary = target if special else target.with_name(f"{target.name}.tmp.{os.getpid()}")

    def commit(text: str) -> None:
        rest = memoryview(text.encode())
        try:
            while rest:
                rest = rest[file.write(rest) :]
            if not special:
                file.truncate()
                os.fsync(file.fileno())
                os.replace(temporary, target)
        except OSError as error:
            raise OSError(f"cannot write {path}: {error.strerror}") from error

    try:
        try:
            file = open(temporary, "wb", buffering=0)
            file.write(b"")  # which a full device refuses
            if not special:
                os.posix_fallocate(file.fileno(), 0, _ROOM)
        except OSError as error:
            raise UsageError(f"--benchmark_out={path}: cannot write: {error.strerror}") from error
        with file:
            yield commit
    finally:
        if not special:
            with suppress(OSError):  # where it is not there
                temporary.unlink()
