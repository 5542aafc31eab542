"""Writes store_1.sql, a store as version 1 of its schema has it. Kept as it is: every later version has to open it."""

from __future__ import annotations

import sqlite3
import tempfile
from dataclasses import replace
from pathlib import Path

from scripts.store.database import schema
from scripts.store.database.address import address
from scripts.store.database.connection import Store
from tests.store.making import failed, keep, run


def main() -> None:
    assert schema.VERSION == 1, "the first version alone makes this file"
    with tempfile.TemporaryDirectory() as folder:
        store = Store(address(f"sqlite:///{folder}/store.sqlite"), print, create=True)
        whole = run(2)
        keep(store, run(1), replace(whole, outcomes=(*whole.outcomes, failed("spin/fork"))))
        keep(store, replace(run(3), commit=None, dirty=True, measured_at=None))
        with sqlite3.connect(store.address.path) as connection:
            text = "\n".join(connection.iterdump()) + "\n"
    Path(__file__).with_name("store_1.sql").write_text(text)


if __name__ == "__main__":
    main()
