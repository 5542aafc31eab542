"""What keeps the results of a run as it ends: `fanout run --record`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from scripts.analysis.text import printable
from scripts.store.database.address import StoreError, address
from scripts.store.database.connection import Store
from scripts.store.reading import Said, read
from scripts.store.record import record
from scripts.store.telling import recorded

Keep = Callable[[Path], int]


def keeper(url: str | None) -> Keep:
    """Keeps results, and returns the exit status. The store is there and can be used, which is better known before measuring than
    after. Raises StoreError or UsageError."""

    def say(text: str) -> None:
        print(printable(f"fanout run: {text}"), file=sys.stderr)

    store = Store(address(url), say, create=True)

    def keep(path: Path) -> int:
        try:
            run = read(path, Said(Path(), otherwise="HEAD"))
            new = store.write(lambda connection: record(connection, run))
        except StoreError as error:
            say(f"{error}; then: fanout history record {path}")
            return 1
        print(printable(recorded(run, new, store.address)))
        return 0

    return keep
