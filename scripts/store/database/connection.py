"""A store that is open: transactions that are done whole, again where that helps, and errors that say what to do."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from scripts.store.database import schema
from scripts.store.database.address import POSTGRESQL, SQLITE, Address, StoreError
from scripts.store.database.remedies import lost, passing, remedy

PATIENCE = 60.0  # seconds: for another writer's lock, and for a server that has gone
FIRST = 5.0  # for one that was never there
_PAUSES = 0.05, 2.0  # the first, and the longest
_CONFLICTS = 20  # with what others do at the same time
_WRITES = "fanout_writes"

T = TypeVar("T")
Work = Callable[[Connection], T]
Say = Callable[[str], None]


class Store:
    """Opened and brought to the present version; made where it is missing and `create`. Raises StoreError."""

    def __init__(self, address: Address, say: Say, create: bool = False) -> None:
        self.address = address
        self._say = say
        self._seen = False  # whether a connection has been made before
        if create:
            self._make_directory()
        elif address.kind == SQLITE and not address.path.exists():
            raise self._missing()
        self._engine = _engine(address)
        found = self.read(schema.version)
        if found is None and not create:
            raise self._missing()
        if found != schema.VERSION:
            self.write(schema.prepare)

    def read(self, work: Work[T]) -> T:
        """What it returns, of one state of the store."""
        options = {"isolation_level": "REPEATABLE READ"} if self.address.kind == POSTGRESQL else {}
        return self._again(work, options)

    def write(self, work: Work[T]) -> T:
        """Done in one transaction, or not at all; again where another one was in the way or the connection was lost, so it
        has to find out by itself what is there already."""
        return self._again(work, {_WRITES: True})

    def compact(self) -> None:
        """Gives room that SQLite has no use for back to the disk; where another one is writing, it is for the next time."""
        with suppress(sqlite3.Error, DBAPIError), closing(self._engine.raw_connection()) as raw:
            raw.cursor().execute("VACUUM")

    def _again(self, work: Work[T], options: dict[str, Any]) -> T:
        begun, pause, conflicts = time.monotonic(), _PAUSES[0], 0
        while True:
            try:
                with self._engine.connect().execution_options(**options) as connection:
                    self._seen = True
                    with connection.begin(), self._named():
                        return work(connection)
            except (DBAPIError, sqlite3.Error) as error:
                gone = lost(error)
                conflicts += not gone
                spent = time.monotonic() - begun
                patience = PATIENCE if self._seen else FIRST
                if not passing(error, self._seen) or spent > patience or conflicts > _CONFLICTS:
                    raise StoreError(f"{self.address}: {remedy(error, self.address)}") from error
                if gone and pause == _PAUSES[0]:
                    self._say(f"{self.address}: no connection; trying again for up to {patience:.0f} s")
            time.sleep(pause)
            pause = min(2 * pause, _PAUSES[1])

    @contextmanager
    def _named(self) -> Iterator[None]:
        """What is said of the store, with its name in front."""
        try:
            yield
        except StoreError as error:
            raise StoreError(f"{self.address}: {error}") from error

    def _missing(self) -> StoreError:
        return StoreError(f"{self.address}: there is no store yet; `fanout history record` makes one")

    def _make_directory(self) -> None:
        if self.address.kind == SQLITE:
            folder = self.address.path.parent
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                why = f"{folder} cannot be made: {error.strerror}"
                raise StoreError(f"{self.address}: {why}; name another file by --store") from error


def _engine(address: Address) -> Engine:
    """Connections are made anew for each transaction: a server may have been started again in between."""
    options: dict[str, Any] = {"connect_timeout": 10, "application_name": "fanout"}
    if address.kind == SQLITE:
        options = {"timeout": PATIENCE}
    engine = sa.create_engine(
        address.url, future=True, poolclass=NullPool, hide_parameters=True, connect_args=options
    )
    if address.kind == SQLITE:
        sa.event.listen(engine, "connect", _configure)
        sa.event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: Any, _: Any) -> None:
    """Python's module would begin transactions by itself, late and not before CREATE TABLE."""
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        connection.execute("PRAGMA journal_mode = WAL")  # readers go on while one writes
    connection.execute("PRAGMA synchronous = FULL")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
