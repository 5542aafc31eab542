"""Records runs, a line on standard output for each that is in the store: `writer.py URL FIRST COUNT [fatal]`. With `fatal` it
kills itself within the transaction of the last one, when all of it is written and nothing is committed."""

from __future__ import annotations

import os
import signal
import sys

from sqlalchemy.engine import Connection

from scripts.store.database.address import address
from scripts.store.database.connection import Store
from scripts.store.record import record
from scripts.store.values import Run
from tests.store.making import run

CELLS, SAMPLES = 20, 50


def made(number: int) -> Run:
    times = [1 + number / 1000 + place / 100_000 for place in range(SAMPLES)]
    return run(number, {f"cell {place}": times for place in range(CELLS)})


def main(url: str, first: str, count: str, fatal: str = "") -> None:
    store = Store(address(url), lambda text: print(text, file=sys.stderr, flush=True), create=True)
    for number in range(int(first), last := int(first) + int(count)):

        def work(connection: Connection) -> bool:
            new = record(connection, made(number))
            if fatal and number == last - 1:
                os.kill(os.getpid(), signal.SIGKILL)
            return new

        store.write(work)
        print(number, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
