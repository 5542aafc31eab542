"""What a store knows of a cell over its commits."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from scripts.store.database.connection import Store
from scripts.store.series import Series, Wanted, epochs, series
from tests.store.making import BUILD, MACHINE, commit, failed, keep, outcome, run


def read(store: Store, wanted: Wanted = Wanted(), samples: bool = False) -> list[Series]:
    return store.read(lambda connection: series(connection, wanted, samples))


def only(found: list[Series]) -> Series:
    (one,) = found
    return one


def test_points_are_in_the_order_of_the_commits(store: Store) -> None:
    """Whatever the times say, of commits (a rebase) and of measurements (a bisection)."""
    numbers = [3, 1, 4, 2]
    keep(store, *(replace(run(n), commit=commit(n, committed_at=1e9 - n), measured_at=1.0) for n in numbers))
    one = only(read(store))
    assert [int(point.commit, 16) for point in one.points] == [1, 2, 3, 4]
    assert [point.parents for point in one.points][:2] == [(f"{0:040x}",), (f"{1:040x}",)]
    assert one.points[0].time == 1e9 - 1 and one.points[0].run == replace(run(1), measured_at=1.0).digest
    assert one.medians.tolist() == [2.0] * 4 and one.points[0].count == 3


def test_else_they_are_in_the_order_of_time(store: Store) -> None:
    """A shallow clone does not know how many commits there were before; what names no commit has when it was measured."""
    keep(store, replace(run(1), commit=commit(9, height=None, committed_at=5.0)))
    keep(
        store,
        replace(run(2), commit=commit(8, committed_at=7.0)),
        replace(run(3), commit=None, measured_at=6.0),
    )
    assert [point.time for point in only(read(store)).points] == [5.0, 6.0, 7.0]


def test_runs_of_one_commit_are_in_the_order_of_measuring(store: Store) -> None:
    runs = [replace(run(n), commit=commit(1)) for n in (2, 3, 1)]
    keep(store, *runs)
    assert [point.run for point in only(read(store)).points] == [runs[i].digest for i in (2, 0, 1)]


@pytest.mark.parametrize(
    ("changed", "facts"),
    [
        ({"machine": replace(MACHINE, cpu_model="Model Y")}, ["cpu_model"]),
        ({"outcomes": (outcome("spin/pool", (1.0, 2.0), replace(BUILD, flags="-O2")),)}, ["flags"]),
        ({"outcomes": (outcome("spin/pool", (1.0, 2.0), replace(BUILD, source="other")),)}, ["source"]),
    ],
)
def test_a_change_of_class_begins_an_epoch(
    store: Store, changed: dict[str, object], facts: list[str]
) -> None:
    keep(store, run(1), run(2), replace(run(3), **changed), replace(run(4), **changed))
    (old, _), (new, why) = epochs(read(store))
    assert (len(old.points), len(new.points), why) == (2, 2, facts)
    assert old.cell == new.cell and old.first < new.first


def test_cells_are_told_apart_by_project(store: Store) -> None:
    keep(store, run(1), replace(run(2), outcomes=(outcome("spin/pool", (1.0, 2.0), project="theirs"),)))
    assert [one.cell.project for one in read(store)] == ["mine", "theirs"]
    assert only(read(store, Wanted(project="theirs"))).points[0].run != run(1).digest


def test_what_is_wanted_is_there_alone(store: Store) -> None:
    cells = {"spin/pool": (1.0, 2.0), "spin/tbb": (3.0,)}
    keep(store, run(1, cells), replace(run(2, cells), branch="topic"), replace(run(3, cells), dirty=True))
    assert [(one.cell.name, len(one.points)) for one in read(store)] == [("spin/pool", 2), ("spin/tbb", 2)]
    assert [len(one.points) for one in read(store, Wanted(branch="topic"))] == [1, 1]
    assert [len(one.points) for one in read(store, Wanted(dirty=True, cell="*/tbb"))] == [3]
    assert read(store, Wanted(project="none")) == []


def test_a_cell_that_failed_is_in_its_place(store: Store) -> None:
    keep(store, run(1), replace(run(2), outcomes=(failed("spin/pool", "out of memory"),)), run(3))
    one = only(read(store))
    assert [int(point.commit, 16) for point in one.points] == [1, 3]
    assert [(int(bad.commit, 16), bad.kind, bad.reason) for bad in one.failed] == [
        (2, "crash", "out of memory")
    ]


def test_samples_come_where_they_are_asked_for(store: Store) -> None:
    draw = Random(1)
    times = {n: {name: [draw.random() for _ in range(n + 2)] for name in ("a", "b")} for n in range(1, 5)}
    keep(store, *(run(n, cells) for n, cells in times.items()))
    for one in read(store, samples=True):
        for n, point in enumerate(one.points, start=1):
            assert point.samples.tolist() == times[n][one.cell.name]
            assert point.median == np.median(point.samples)
    assert all(len(point.samples) == 0 for one in read(store) for point in one.points)


def test_an_empty_store_has_none(store: Store) -> None:
    assert read(store, samples=True) == []
