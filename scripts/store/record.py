"""A run goes into the store: in one transaction, and once, however many write it and however often."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from scripts.store.database import schema
from scripts.store.database.address import POSTGRESQL
from scripts.store.values import Build, Cell, Commit, Machine, Run, columns

MANY = 500  # values in one statement: older SQLite takes 999

T = TypeVar("T")


def record(connection: Connection, run: Run) -> bool:
    """Whether it is new. One that is there already gets the commit that it had not."""
    if run.commit:
        _add_commit(connection, run.commit)
    machines = _ids(connection, schema.machine, [run.machine])
    row = {
        "digest": run.digest,
        "commit_sha": run.commit and run.commit.sha,
        "machine_id": machines[run.machine.digest],
        **{key: getattr(run, key) for key in FIELDS},
    }
    if not _insert_new(connection, schema.run, [row]):
        if run.commit:
            lacking = (schema.run.c.digest == run.digest) & schema.run.c.commit_sha.is_(None)
            said = {key: row[key] for key in ("commit_sha", "branch", "dirty")}
            connection.execute(schema.run.update().where(lacking).values(**said))
        return False
    number = connection.execute(sa.select(schema.run.c.id).where(schema.run.c.digest == run.digest)).scalar()
    builds = _ids(connection, schema.build, [each.build for each in run.outcomes])
    cells = _ids(connection, schema.cell, [each.cell for each in run.outcomes])
    _add_parameters(connection, cells, [each.cell for each in run.outcomes])
    outcomes: list[dict[str, Any]] = []
    samples: list[dict[str, Any]] = []
    for each in run.outcomes:
        place = {"run_id": number, "cell_id": cells[each.cell.digest]}
        failure = each.failure
        outcomes.append(
            {
                **place,
                "build_id": builds[each.build.digest],
                "median": each.median,
                "count": len(each.samples),
                "failure_kind": failure and failure.kind,
                "failure_cause": failure and failure.cause,
                "failure_reason": failure and failure.reason,
            }
        )
        samples += [{**place, **vars(sample)} for sample in each.samples]
    for table, rows in ((schema.outcome, outcomes), (schema.sample, samples)):
        if rows:
            connection.execute(table.insert(), rows)
    return True


FIELDS = ("tool", "subject", "branch", "dirty", "measured_at", "recorded_at", "seed", "context")  # of a run


def _insert_new(connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Those that no row stands in the way of; how many, where it is one. A writer that is under way is waited for."""
    made = (postgresql if connection.dialect.name == POSTGRESQL else sqlite).insert(table)
    return int(connection.execute(made.on_conflict_do_nothing().inline(), list(rows)).rowcount) if rows else 0


def _ids(connection: Connection, table: sa.Table, values: Iterable[Machine | Build | Cell]) -> dict[str, int]:
    """By digest, of rows that are there or made. In one order for all writers, who wait for each other otherwise."""
    wanted = {value.digest: value for value in values}
    found = _found(connection, table, wanted)
    missing = sorted(wanted.keys() - found)
    rows = [{"digest": digest, **columns(wanted[digest])} for digest in missing]
    for part in _parts(rows):
        _insert_new(connection, table, part)
    return found | _found(connection, table, missing)


def _found(connection: Connection, table: sa.Table, digests: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in _parts(digests):
        asked = sa.select(table.c.digest, table.c.id).where(table.c.digest.in_(part))
        found.update((digest, number) for digest, number in connection.execute(asked))
    return found


def _add_parameters(connection: Connection, cells: Mapping[str, int], values: Iterable[Cell]) -> None:
    rows = [
        {"cell_id": cells[cell.digest], "place": place, **asdict(each)}
        for cell in sorted(values, key=lambda cell: cell.digest)
        for place, each in enumerate(cell.parameters)
    ]
    for part in _parts(rows):
        _insert_new(connection, schema.parameter, part)


def _add_commit(connection: Connection, commit: Commit) -> None:
    """What a later recording knows of a commit and an earlier one did not is added: it may have been a shallow clone."""
    known = {
        "parents": None if commit.parents is None else " ".join(commit.parents),
        "committed_at": commit.committed_at,
        "height": commit.height,
    }
    _insert_new(connection, schema.commits, [{"sha": commit.sha, **known}])
    for key, value in known.items():
        column = schema.commits.c[key]
        if value is not None:
            lacking = (schema.commits.c.sha == commit.sha) & column.is_(None)
            connection.execute(schema.commits.update().where(lacking).values({key: value}))


def _parts(values: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(values)
    while part := list(islice(rest, MANY)):
        yield part
