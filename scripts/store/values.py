"""A recorded run as values, whatever it comes from (results, a store, a line of an export), and what makes two of them one."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass, fields
from functools import cached_property
from statistics import median
from typing import Any

Json = dict[str, Any]


def canonical(value: Any) -> str:
    """One text for one value, whatever the order of its keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256(value: Any) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def storable(value: Any) -> Any:
    """The JSON value as every database can keep it: NUL and lone surrogates, which are no text there, are spelt out, and
    numbers beyond a double's range are null. Raises RecursionError."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
    if isinstance(value, Mapping):
        return {storable(str(key)): storable(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [storable(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@dataclass(frozen=True)
class Machine:
    """What of a machine changes results; "" and None are unknown."""

    cpu_model: str
    architecture: str
    effective_cpus: float | None
    smt: str
    governor: str
    virtualisation: str
    memory: float | None  # GiB, a size class
    caches: str  # where the model is unknown

    @cached_property
    def digest(self) -> str:
        return sha256(asdict(self))


@dataclass(frozen=True)
class Build:
    """What turns the same source of what is measured into other times; "" and None are unknown."""

    compiler: str
    flags: str
    build_type: str
    library: str  # with its version, below this cell's executor; or the interpreter
    environment: str  # JSON: what OpenMP and oneTBB read
    seed: str  # of the data
    pinned: bool | None
    sampling: str  # "processes", or "repetitions" in one
    source: str  # digest of the benchmark's own source

    @cached_property
    def digest(self) -> str:
        return sha256(asdict(self))


@dataclass(frozen=True)
class Parameter:
    """As --set has it: OWNER.NAME; `number` where the value is one."""

    name: str
    value: str
    number: float | None


@dataclass(frozen=True)
class Cell:
    project: str
    workload: str
    case: str
    contender: str
    workers: int
    lifecycle: str
    scaling: str
    unit: str
    name: str
    executor: str
    family: str
    kind: str
    parameters: tuple[Parameter, ...]

    @property
    def key(self) -> list[Any]:
        """What tells it from the others of its project. Parameters are in the case and the contender; one that is new, at
        its default, makes no new cell."""
        return [
            self.workload,
            self.case,
            self.contender,
            self.workers,
            self.lifecycle,
            self.scaling,
            self.unit,
        ]

    @cached_property
    def digest(self) -> str:
        return sha256([self.project, *self.key])


@dataclass(frozen=True)
class Failure:
    kind: str
    cause: str  # JSON
    reason: str


@dataclass(frozen=True)
class Sample:
    place: int  # its round
    seconds: float
    cpu: float | None  # seconds


@dataclass(frozen=True)
class Outcome:
    """Of one cell in one run: its samples, or else why it has none."""

    cell: Cell
    build: Build
    samples: tuple[Sample, ...]
    failure: Failure | None

    @property
    def median(self) -> float | None:
        return median(sample.seconds for sample in self.samples) if self.samples else None


@dataclass(frozen=True)
class Commit:
    sha: str  # in full, where a repository knew it
    parents: tuple[str, ...] | None
    committed_at: float | None  # seconds since 1970
    height: int | None  # commits behind it by first parents; of one line, it is their order


@dataclass(frozen=True)
class Run:
    """Times are in seconds since 1970."""

    tool: str
    subject: str
    branch: str
    commit: Commit | None
    dirty: bool  # with changes that were not committed
    measured_at: float | None
    recorded_at: float
    seed: str
    context: str  # JSON: all that the results say of the run
    machine: Machine
    outcomes: tuple[Outcome, ...]

    @cached_property
    def digest(self) -> str:
        """Of what was measured. What is said of it afterwards, the commit among it, does not make it another run."""
        content = [
            [
                *each.cell.key,
                [astuple(sample) for sample in each.samples],
                each.failure and astuple(each.failure),
            ]
            for each in self.outcomes
        ]
        return sha256([self.context, sorted(content, key=canonical)])


def columns(value: Machine | Build | Cell | Failure) -> Json:
    """Its fields that a column holds each."""
    names = (field.name for field in fields(value))
    return {name: getattr(value, name) for name in names if name != "parameters"}
