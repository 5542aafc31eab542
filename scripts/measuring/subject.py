"""What is measured: whose cells there are, and how a sample of one is taken. One subject is one file in scripts/subjects."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from scripts.measuring.catalogue import Catalogue, Cell, Json
from scripts.measuring.interruption import Interruption
from scripts.measuring.plan import Plan, Selection
from scripts.measuring.sample import Outcome, run_benchmark
from scripts.measuring.usage import UsageError

Sampler = Callable[[Cell, "Conditions"], Outcome]


@dataclass(frozen=True)
class Change:
    """What an arm runs differently: settings "OWNER.PARAMETER=VALUE" and environment variables; or anything, by a sampler of
    its own."""

    settings: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    sampler: Sampler | None = None


@dataclass(frozen=True)
class Conditions:
    """Under which one sample of a cell is taken. `padding` and `cpus` are as run_benchmark() has them."""

    limit: float  # seconds
    timing: Sequence[str] = ()  # arguments that all processes of a run get
    change: Change = Change()
    padding: int = 0
    wake: int | None = None  # becomes readable where the user interrupts
    cpus: Sequence[int] | None = None
    iterations: int = 0  # that would have been enough in the sample before; 0 where that is not known


class Subject(Protocol):
    """What the commands measure."""

    @property
    def label(self) -> str:
        """For people."""

    @property
    def words(self) -> list[str]:
        """Of the command that measures it again, after the flags of how precisely."""

    @property
    def timing(self) -> list[str]:
        """Arguments that all of its processes get."""

    @property
    def limit(self) -> float:
        """Seconds that one process may take, unless the user says otherwise."""

    @property
    def identity(self) -> Json:
        """The hashes of its programs and inputs by name, and whatever else a run that goes on has to have in common."""

    def plan(self, selection: Selection, catalogue: Catalogue) -> Plan:
        """Its cells. Raises UsageError."""

    def like(self, cell: Cell, planned: Mapping[str, Cell], catalogue: Catalogue) -> Cell | str:
        """Its cell that does what a cell of another build does, or why there is none. `planned` are its own of the same
        selection, by name."""

    def estimate(self, cell: Cell, effective_cpus: float) -> float:
        """Seconds that a sample takes; 0 where nobody can know."""

    def facts(self, catalogue: Catalogue) -> Json:
        """The machine, and what a time is of, for the results' context; empty where its samples say so themselves."""

    def begin(self, plan: Plan, seed: int, wake: int, kept: list[str] | None) -> tuple[list[str], str]:
        """Once, before the first sample: the settings that all processes of the run share, and what the user is to be told.
        `kept` are those settings of the first start, where a run goes on. Raises UsageError."""

    def end(self) -> None:
        """Once, at the end, however the run ended, or begin()."""

    def sample(self, cell: Cell, how: Conditions) -> Outcome:
        """One fresh process, whose document has the entries of results.json."""


@contextmanager
def begun(
    subjects: Sequence[Subject], plan: Plan, seed: int, stop: Interruption, kept: list[str] | None = None
) -> Iterator[tuple[list[str], str]]:
    """Subjects that are ready to be measured: the settings that all processes share, and what the user is to be told. The
    first of them has these settings. Raises UsageError, and KeyboardInterrupt where that was asked for meanwhile.
    """
    try:
        first, *others = subjects
        shared, why = first.begin(plan, seed, stop.wake, kept)
        for subject in others:
            subject.begin(plan, seed, stop.wake, shared)
        if stop.requested:
            raise KeyboardInterrupt
        yield shared, why
    finally:
        for subject in subjects:
            subject.end()


def digest(paths: Iterable[Path]) -> str:
    """Of what files hold. Raises UsageError where one cannot be read."""
    found = hashlib.sha256()
    for path in paths:
        try:
            found.update(path.read_bytes())
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    return found.hexdigest()[:16]


def of_bench(cell: Cell, how: Conditions) -> Outcome:
    """A sample of fanout-bench, or of what takes its flags."""
    known = [f"--iterations={how.iterations}"] if how.iterations else []
    return run_benchmark(
        cell.program,
        [*cell.with_settings(how.change.settings), *how.timing, *known],
        how.limit,
        how.padding,
        how.wake,
        how.cpus,
        how.change.environment,
    )
