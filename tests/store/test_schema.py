"""Versions of a store: an older one is brought to the present, a newer one refused."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scripts.store import recorded
from scripts.store.database import schema
from scripts.store.database.address import StoreError, address
from scripts.store.database.connection import Store
from scripts.store.integrity import check
from tests.conftest import ROOT
from tests.store.conftest import Open
from tests.store.making import keep, run
from tests.store.server import Server

FIRST = ROOT / "tests/data/store_1.sql"  # made by tests/data/make_store.py
ADDED = "ALTER TABLE run ADD COLUMN note TEXT"


def version(store: Store) -> int | None:
    return store.read(schema.version)


def execute(store: Store, statement: Any) -> None:
    store.write(lambda connection: connection.execute(statement) and None)


def columns(store: Store) -> dict[str, dict[str, tuple[str, bool]]]:
    """Types and nullability, by table and column."""

    def inspected(connection: Connection) -> dict[str, dict[str, tuple[str, bool]]]:
        found = sa.inspect(connection)
        return {
            table: {one["name"]: (str(one["type"]), one["nullable"]) for one in found.get_columns(table)}
            for table in found.get_table_names()
        }

    return store.read(inspected)


def of_version_1(url: str) -> None:
    """A store as the first version wrote it."""
    with sqlite3.connect(address(url).path) as connection:
        connection.executescript(FIRST.read_text())


def second(monkeypatch: pytest.MonkeyPatch, statement: str = ADDED) -> None:
    """A second version comes to be."""
    monkeypatch.setattr(schema, "VERSION", 2)
    monkeypatch.setattr(schema, "STEPS", (lambda connection: connection.exec_driver_sql(statement),))


def set_version(store: Store, number: int) -> None:
    execute(store, schema.store.update().values(version=number))


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_what_the_first_version_wrote_is_read(url: str, opened: Open, tmp_path: Path) -> None:
    """With the very columns that are made today: a change of them needs a step."""
    of_version_1(url)
    store = opened(url, create=False)
    assert len(store.read(recorded.digests)) == 3
    assert check(store, lambda _: None).faults == ()
    assert columns(store) == columns(opened(f"sqlite:///{tmp_path}/new.sqlite"))
    assert keep(store, run(1), run(9)) == [False, True]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_it_is_brought_to_the_next(url: str, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    of_version_1(url)
    second(monkeypatch)
    for _ in range(2):  # once is enough
        store = opened(url, create=False)
        assert version(store) == 2 and "note" in columns(store)["run"]
        assert len(store.read(recorded.digests)) == 3 and check(store, lambda _: None).faults == ()


def test_a_step_is_taken_whole_or_not_at_all(url: str, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    before = opened(url)
    keep(before, run(1))
    found = columns(before)
    with monkeypatch.context() as later:
        second(later)
        later.setattr(schema, "STEPS", (lambda connection: broken(connection),))
        with pytest.raises(StoreError, match="no such|does not exist"):
            opened(url)
    assert version(before) == 1 and columns(before) == found
    second(monkeypatch)
    assert "note" in columns(opened(url))["run"]


def broken(connection: Connection) -> None:
    connection.exec_driver_sql(ADDED)
    connection.exec_driver_sql("UPDATE missing SET x = 1")


@pytest.mark.parametrize("create", [True, False])
def test_a_newer_one_is_refused_with_both_versions(url: str, opened: Open, create: bool) -> None:
    store = opened(url)
    set_version(store, 7)
    with pytest.raises(StoreError, match="version 7, and this fanout knows up to 1; use a newer fanout"):
        opened(url, create=create)
    with pytest.raises(StoreError, match="version 7"):  # nobody has set it back
        version(store)


def test_a_store_has_one_version(url: str, opened: Open) -> None:
    store = opened(url)
    execute(store, schema.store.delete())
    with pytest.raises(StoreError, match="has 0 versions; it was changed by hand"):
        opened(url)


def test_nothing_is_made_where_nothing_is_recorded(url: str, opened: Open) -> None:
    with pytest.raises(StoreError, match="there is no store yet; `fanout history record` makes one"):
        opened(url, create=False)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_file_of_another_program_is_left_alone(url: str, opened: Open) -> None:
    with sqlite3.connect(address(url).path) as connection:
        connection.execute("CREATE TABLE bookmarks (x)")
    with pytest.raises(StoreError, match=r"tables of another program \(bookmarks\)"):
        opened(url)


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_database_may_have_other_tables_of_other_names(url: str, opened: Open, server: Server) -> None:
    name = str(address(url).url.database)
    server.sql("CREATE TABLE bookmarks (x int)", name)
    opened(url)
    server.sql("DROP TABLE fanout_store", name)
    with pytest.raises(StoreError, match=r"tables of another program \(build, cell, commits\)"):
        opened(url)
