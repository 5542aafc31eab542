"""What a store knows of each cell over its commits: the values that changes are looked for in.

A series is one cell in one epoch: on one class of machine, by one class of build. Its points are in the order of the commits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scripts.store import recorded
from scripts.store.database import schema
from scripts.store.database.address import StoreError
from scripts.store.identity import changes
from scripts.store.values import Build, Cell, Commit, Machine

Floats = npt.NDArray[np.float64]
_NONE = np.empty(0)


@dataclass(frozen=True)
class Point:
    """A cell in one run. `samples` are seconds, in their order, where they were asked for."""

    commit: str  # "" where the results name none
    parents: tuple[str, ...]
    time: float  # seconds since 1970: of the commit, else of the measurement
    run: str  # its digest
    branch: str
    median: float  # seconds
    count: int
    height: int | None  # commits behind it by first parents, where it is known
    samples: Floats = field(default_factory=lambda: _NONE, compare=False, repr=False)


@dataclass(frozen=True)
class Failed:
    """A cell that has no samples in one run."""

    commit: str
    time: float
    run: str
    kind: str
    reason: str


@dataclass(frozen=True)
class Series:
    cell: Cell
    machine: Machine
    build: Build
    points: tuple[Point, ...]
    failed: tuple[Failed, ...]

    @property
    def medians(self) -> Floats:
        return np.array([point.median for point in self.points])

    @property
    def first(self) -> float:
        """Seconds since 1970."""
        return min([point.time for point in self.points] + [one.time for one in self.failed])


@dataclass(frozen=True)
class Wanted:
    """Which runs and cells. Those with changes that were not committed are no commit's."""

    project: str = ""
    branch: str = ""
    cell: str = "*"  # a glob of names
    dirty: bool = False


@dataclass(frozen=True)
class _Made:
    """A run, as far as its points need it."""

    digest: str
    branch: str
    commit: Commit | None
    time: float
    measured: float
    machine: int


def series(connection: Connection, wanted: Wanted = Wanted(), samples: bool = False) -> list[Series]:
    """All that there are, by project, cell and begin."""
    known = recorded.commits(connection)
    cells = {
        number: cell
        for number, cell in recorded.cells(connection).items()
        if fnmatchcase(cell.name, wanted.cell) and wanted.project in ("", cell.project)
    }
    machines = recorded.machines(connection)
    builds = recorded.builds(connection)
    runs = _runs(connection, wanted, known)
    taken = _samples(connection) if samples else {}
    found: dict[tuple[int, int, int], list[tuple[_Made, Point | Failed]]] = {}
    o = schema.outcome.c
    asked = sa.select(o.run_id, o.cell_id, o.build_id, o.median, o.count, o.failure_kind, o.failure_reason)
    for run, cell, build, median, count, kind, reason in connection.execute(asked):
        if run not in runs or cell not in cells:
            continue
        made = runs[run]
        sha, parents = (made.commit.sha, made.commit.parents or ()) if made.commit else ("", ())
        one: Point | Failed = Failed(sha, made.time, made.digest, kind, reason)
        if kind is None:
            drawn = taken.get((run, cell), _NONE)
            height = made.commit.height if made.commit else None
            one = Point(sha, parents, made.time, made.digest, made.branch, median, count, height, drawn)
        found.setdefault((cell, made.machine, build), []).append((made, one))
    every = [
        Series(cells[cell], machines[machine], builds[build], *_in_order(ones))
        for (cell, machine, build), ones in found.items()
    ]
    return sorted(every, key=lambda one: (one.cell.project, one.cell.name, one.cell.digest, one.first))


def epochs(found: Iterable[Series]) -> list[tuple[Series, list[str]]]:
    """Each with the facts in which it differs from the epoch of the same cell that began before it; none of the first."""
    before: dict[str, Series] = {}
    told = []
    for one in found:
        last = before.get(one.cell.digest)
        told.append(
            (one, [*changes(last.machine, one.machine), *changes(last.build, one.build)] if last else [])
        )
        before[one.cell.digest] = one
    return told


def _in_order(ones: list[tuple[_Made, Point | Failed]]) -> tuple[tuple[Point, ...], tuple[Failed, ...]]:
    """By first parents where the height of every commit is known, else by time; runs of one commit as they were measured."""
    by_height = all(made.commit and made.commit.height is not None for made, _ in ones)

    def place(made: _Made) -> tuple[float, float, str, float]:
        height = made.commit.height if by_height and made.commit and made.commit.height else 0
        return height, made.time, made.commit.sha if made.commit else "", made.measured

    ordered = [one for _, one in sorted(ones, key=lambda each: place(each[0]))]
    points = tuple(one for one in ordered if isinstance(one, Point))
    return points, tuple(one for one in ordered if isinstance(one, Failed))


def _runs(connection: Connection, wanted: Wanted, known: dict[str, Commit]) -> dict[int, _Made]:
    r = schema.run.c
    asked = sa.select(
        r.id, r.digest, r.branch, r.commit_sha, r.measured_at, r.recorded_at, r.machine_id, r.dirty
    )
    if wanted.branch:
        asked = asked.where(r.branch == wanted.branch)
    if not wanted.dirty:
        asked = asked.where(r.dirty.is_(False))
    found = {}
    for number, digest, branch, sha, measured_at, recorded_at, machine, _ in connection.execute(asked):
        commit = known.get(sha)
        measured = recorded_at if measured_at is None else measured_at
        when = commit.committed_at if commit and commit.committed_at is not None else measured
        found[number] = _Made(digest, branch, commit, when, measured, machine)
    return found


def _samples(connection: Connection) -> dict[tuple[int, int], Floats]:
    """Seconds, by run and cell. Of a million rows the numbers alone are asked for, from the driver, which takes a fifth of the
    time; then they are parted by how many each cell has."""
    o, s = schema.outcome.c, schema.sample.c
    asked = sa.select(o.run_id, o.cell_id, o.count).where(o.count > 0).order_by(o.run_id, o.cell_id)
    owners = connection.execute(asked).all()
    taken = sa.select(s.seconds).order_by(s.run_id, s.cell_id, s.place)
    every = np.fromiter((seconds for (seconds,) in connection.execute(taken).cursor), dtype=float)
    ends = np.cumsum([count for _, _, count in owners], dtype=int)
    if len(every) != (ends[-1] if len(ends) else 0):
        raise StoreError("its samples are not those of its cells; see `fanout history check`")
    parts = np.split(every, ends[:-1])
    return {(run, cell): part for (run, cell, _), part in zip(owners, parts)}
