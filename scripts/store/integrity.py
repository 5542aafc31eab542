"""Whether a store still holds what was recorded: every digest, made anew from its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scripts.store import recorded
from scripts.store.database import schema
from scripts.store.database.address import SQLITE
from scripts.store.database.connection import Store
from scripts.store.values import Build, Cell, Machine, Run


_BETWEEN = 100  # runs, from one line of progress to the next


@dataclass(frozen=True)
class Checked:
    runs: int
    samples: int
    faults: tuple[str, ...]


def check(store: Store, say: Callable[[str], None]) -> Checked:
    """Runs, with their medians, and classes; of SQLite also the file."""
    faults = store.read(_file) if store.address.kind == SQLITE else []
    faults += store.read(_classes)
    runs = samples = 0
    digests = store.read(recorded.digests)
    for place, digest in enumerate(digests):
        if place % _BETWEEN == 0:
            say(f"checked {place} of {len(digests)} runs")
        run, kept = store.read(lambda connection: _kept(connection, digest))
        if run is None:  # pruned meanwhile
            continue
        runs += 1
        samples += sum(len(each.samples) for each in run.outcomes)
        if run.digest != digest:
            faults.append(f"run {digest[:12]} is not what was recorded: its rows have another digest")
        faults += [
            f"run {digest[:12]}, cell {each.cell.name}: median and count are not those of its samples"
            for each in run.outcomes
            if kept.get(each.cell.digest) != (each.median, len(each.samples))
        ]
    return Checked(runs, samples, tuple(faults))


def _kept(connection: Connection, digest: str) -> tuple[Run | None, dict[str, tuple[float | None, int]]]:
    """A run, and what beside it stands of its cells, by digest."""
    o, c = schema.outcome.c, schema.cell.c
    joined = schema.outcome.join(schema.cell).join(schema.run, schema.run.c.id == o.run_id)
    asked = sa.select(c.digest, o.median, o.count).select_from(joined).where(schema.run.c.digest == digest)
    kept = {cell: (median, count) for cell, median, count in connection.execute(asked)}
    return recorded.stored(connection, digest), kept


def _classes(connection: Connection) -> list[str]:
    """Those whose rows have another digest than they say."""
    known: list[tuple[sa.Table, Mapping[int, Machine | Build | Cell]]] = [
        (schema.machine, recorded.machines(connection)),
        (schema.build, recorded.builds(connection)),
        (schema.cell, recorded.cells(connection)),
    ]
    return [
        f"{table.name} {number} is not what was recorded: its row has another digest"
        for table, values in known
        for number, digest in connection.execute(sa.select(table.c.id, table.c.digest))
        if values[number].digest != digest
    ]


def _file(connection: Connection) -> list[str]:
    said = [*connection.exec_driver_sql("PRAGMA integrity_check").scalars()]
    strays = [*connection.exec_driver_sql("PRAGMA foreign_key_check")]
    return [f"the file: {line}" for line in said if line != "ok"] + [
        f"table {stray[0]}, row {stray[1]}, refers to a {stray[2]} that is not there" for stray in strays
    ]
