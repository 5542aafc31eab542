"""What a store needs beside Python; without it, a command says so in a line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from scripts.measuring.usage import UsageError

PACKAGES = "python3-sqlalchemy, for PostgreSQL python3-psycopg2"


@contextmanager
def packages() -> Iterator[None]:
    """Round what imports them. Raises UsageError."""
    try:
        yield
    except ModuleNotFoundError as error:
        name = (error.name or "").partition(".")[0]
        if name not in ("sqlalchemy", "psycopg2"):
            raise
        raise UsageError(f"a store needs {name}, which is not installed: {PACKAGES}") from error
