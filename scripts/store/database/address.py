"""Where a store is: the URLs that are understood. None of them holds a password, and so none can be printed with one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from scripts.machine import places
from scripts.measuring.usage import UsageError

VARIABLE = "FANOUT_STORE"
FILE = "history.sqlite"
SQLITE, POSTGRESQL = "sqlite", "postgresql"
_FORMS = "sqlite:///FILE or postgresql://[USER@]HOST/DATABASE"
_PASSWORD = "a password in it would end in logs and lists of processes; give it by PGPASSWORD or ~/.pgpass"


class StoreError(Exception):
    """What a store cannot do, and what to do about it; in one line."""


@dataclass(frozen=True)
class Address:
    url: URL

    @property
    def kind(self) -> str:
        return str(self.url.get_backend_name())

    @property
    def path(self) -> Path:
        """Of a file of SQLite."""
        return Path(str(self.url.database))

    def __str__(self) -> str:
        return str(self.url.render_as_string(hide_password=True))


def address(asked: str | None) -> Address:
    """Of the URL asked for, else of FANOUT_STORE, else of a file in the user's data directory. Raises UsageError."""
    source, text = ("--store", asked) if asked else (VARIABLE, os.environ.get(VARIABLE, ""))
    if not text:
        return Address(URL.create(SQLITE, database=str(places.data() / FILE)))
    try:
        url = make_url(text)
        secret = url.password is not None or any("password" in key.lower() for key in url.query)
        backend = url.get_backend_name()
    except (ArgumentError, ValueError):
        raise UsageError(f"{source} is no URL: write it as {_FORMS}") from None
    if secret:
        raise UsageError(f"{source} holds a password: {_PASSWORD}")
    if url.drivername not in (SQLITE, POSTGRESQL, f"{SQLITE}+pysqlite", f"{POSTGRESQL}+psycopg2"):
        raise UsageError(f"{source}: a store is no {url.drivername!r:.40}; write it as {_FORMS}")
    if backend == SQLITE and (not url.database or url.database == ":memory:" or url.host or url.query):
        raise UsageError(f"{source} names no file: write it as sqlite:///FILE, sqlite:////FILE from the root")
    if backend == POSTGRESQL and not url.database:
        raise UsageError(f"{source} names no database: write it as postgresql://[USER@]HOST/DATABASE")
    return Address(url)
