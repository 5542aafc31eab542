"""Runs made up for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scripts.store.database import schema
from scripts.store.database.connection import Store
from scripts.store.record import record
from scripts.store.values import (
    Build,
    Cell,
    Commit,
    Failure,
    Machine,
    Outcome,
    Parameter,
    Run,
    Sample,
    canonical,
)

MACHINE = Machine("Model X", "x86_64", 2.0, "off", "", "none seen", 8.0, "")
BUILD = Build("GNU 12", "-O3", "Release", "libstdc++ 12", "{}", "1", False, "processes", "")


def cell(name: str = "spin/pool", **more: Any) -> Cell:
    known = Cell(
        project="mine",
        workload="spin",
        case=f"case of {name}",
        contender="pool",
        workers=2,
        lifecycle="warm",
        scaling="strong",
        unit="batch",
        name=name,
        executor="pool",
        family="pool",
        kind="threads",
        parameters=(Parameter("spin.size", "64KiB", None), Parameter("spin.tasks", "9", 9.0)),
    )
    return replace(known, **more)


def outcome(name: str, times: Sequence[float], build: Build = BUILD, **more: Any) -> Outcome:
    samples = tuple(Sample(place, time, time / 2) for place, time in enumerate(times))
    return Outcome(cell(name, **more), build, samples, None)


def failed(name: str, reason: str = "killed by SIGSEGV") -> Outcome:
    return Outcome(cell(name), BUILD, (), Failure("crash", '{"signal":11}', reason))


def commit(number: int, **more: Any) -> Commit:
    """The one at that place of a line."""
    known = Commit(f"{number:040x}", (f"{number - 1:040x}",), 1e9 + 100 * number, number)
    return replace(known, **more)


def run(
    number: int, cells: Mapping[str, Sequence[float]] = {"spin/pool": (1.0, 3.0, 2.0)}, **more: Any
) -> Run:
    """One of a commit, with these times of cells in seconds, and measured later than those of smaller numbers."""
    known = Run(
        tool="fanout 0.1.0",
        subject="the built-in workloads",
        branch="main",
        commit=commit(number),
        dirty=False,
        measured_at=1.5e9 + number,
        recorded_at=1.6e9 + number,
        seed="1",
        context=canonical({"started": number}),
        machine=MACHINE,
        outcomes=tuple(outcome(name, times) for name, times in cells.items()),
    )
    return replace(known, **more)


def keep(store: Store, *runs: Run) -> list[bool]:
    """Records them; which are new."""
    return [store.write(lambda connection, one=one: record(connection, one)) for one in runs]  # type: ignore[misc]


def rows(store: Store) -> dict[str, int]:
    """How many, by table."""

    def counted(connection: Connection) -> dict[str, int]:
        return {
            name: int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar())
            for name, table in schema.metadata.tables.items()
        }

    return store.read(counted)
