"""A store that was changed by hand, or by a bad disk, is told from one that was not."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from scripts.store.database import schema
from scripts.store.database.connection import Store
from scripts.store.integrity import Checked, check
from tests.store.making import keep, run

CELLS = {"a": (1.0, 3.0, 2.0), "b": (4.0, 5.0)}


def checked(store: Store, *statements: Any) -> Checked:
    for statement in statements:
        store.write(lambda connection: connection.execute(statement) and None)
    return check(store, lambda _: None)


def test_what_was_recorded_is_there(store: Store) -> None:
    assert checked(store) == Checked(0, 0, ())
    keep(store, run(1, CELLS), run(2))
    assert checked(store) == Checked(2, 8, ())


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (schema.sample.update().where(schema.sample.c.place == 1).values(seconds=9.0), "another digest"),
        (schema.sample.delete().where(schema.sample.c.place == 1), "another digest"),
        (schema.run.update().values(context="{}"), "another digest"),
        (
            schema.outcome.update().values(failure_kind="x", failure_cause="", failure_reason=""),
            "another digest",
        ),
        (schema.outcome.update().values(median=1.5), "cell a: median and count are not"),
        (schema.outcome.update().values(count=7), "cell b: median and count are not"),
    ],
)
def test_what_was_changed_is_told(store: Store, statement: Any, said: str) -> None:
    keep(store, run(1, CELLS))
    found = checked(store, statement)
    assert any(said in fault and run(1, CELLS).digest[:12] in fault for fault in found.faults)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (schema.cell.update().values(workers=3), "cell 1 is not what was recorded"),
        (schema.machine.update().values(memory=3.0), "machine 1 is not what was recorded"),
        (schema.build.update().values(flags="-O0"), "build 1 is not what was recorded"),
    ],
)
def test_a_class_that_was_changed_is_told(store: Store, statement: Any, said: str) -> None:
    keep(store, run(1))
    assert any(said in fault for fault in checked(store, statement).faults)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_row_without_its_owner_is_told(store: Store) -> None:
    """SQLite holds to references only where it is told to."""
    keep(store, run(1, CELLS))

    def orphan(connection: Any) -> None:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        connection.execute(sa.delete(schema.machine))

    with pytest.raises(Exception, match="FOREIGN KEY"):
        store.write(orphan)
    assert checked(store).faults == ()
