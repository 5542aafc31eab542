"""Runs as they were recorded, out of the store again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scripts.store.database import schema
from scripts.store.record import FIELDS
from scripts.store.values import Build, Cell, Commit, Failure, Machine, Outcome, Parameter, Run, Sample

Class = TypeVar("Class", Machine, Build)


def digests(connection: Connection) -> list[str]:
    """Of all runs, in the order in which they were recorded."""
    return list(connection.execute(sa.select(schema.run.c.digest).order_by(schema.run.c.id)).scalars())


def stored(connection: Connection, digest: str) -> Run | None:
    """None where there is none (any more)."""
    asked = sa.select(schema.run).where(schema.run.c.digest == digest)
    row = connection.execute(asked).mappings().first()
    return _run(connection, row) if row else None


def machines(connection: Connection) -> dict[int, Machine]:
    """By their number."""
    return _classes(connection, schema.machine, Machine)


def builds(connection: Connection) -> dict[int, Build]:
    """By their number."""
    return _classes(connection, schema.build, Build)


def cells(connection: Connection, of_run: int | None = None) -> dict[int, Cell]:
    """By their number: all, or those of a run."""
    asked, more = sa.select(schema.cell), sa.select(schema.parameter)
    if of_run is not None:
        its = sa.select(schema.outcome.c.cell_id).where(schema.outcome.c.run_id == of_run)
        asked, more = asked.where(schema.cell.c.id.in_(its)), more.where(schema.parameter.c.cell_id.in_(its))
    parameters: dict[int, list[Parameter]] = {}
    for row in connection.execute(more.order_by(schema.parameter.c.cell_id, schema.parameter.c.place)):
        parameters.setdefault(row.cell_id, []).append(Parameter(row.name, row.value, row.number))
    return {
        row["id"]: Cell(**_plain(row), parameters=tuple(parameters.get(row["id"], ())))
        for row in connection.execute(asked).mappings()
    }


def commits(connection: Connection) -> dict[str, Commit]:
    return {row["sha"]: _commit(row) for row in connection.execute(sa.select(schema.commits)).mappings()}


def _run(connection: Connection, row: Mapping[str, Any]) -> Run:
    number = row["id"]
    its = (
        sa.select(schema.outcome).where(schema.outcome.c.run_id == number).order_by(schema.outcome.c.cell_id)
    )
    outcomes = connection.execute(its).mappings().all()
    samples: dict[int, list[Sample]] = {}
    taken = sa.select(schema.sample).where(schema.sample.c.run_id == number).order_by(schema.sample.c.place)
    for one in connection.execute(taken):
        samples.setdefault(one.cell_id, []).append(Sample(one.place, one.seconds, one.cpu))
    known = cells(connection, number)
    wanted = schema.build.c.id.in_({each["build_id"] for each in outcomes})
    made = {
        each["id"]: _class(each, Build)
        for each in connection.execute(sa.select(schema.build).where(wanted)).mappings()
    }
    sha = schema.commits.c.sha == row["commit_sha"]
    commit = connection.execute(sa.select(schema.commits).where(sha)).mappings().first()
    where = schema.machine.c.id == row["machine_id"]
    machine = connection.execute(sa.select(schema.machine).where(where)).mappings().one()
    return Run(
        **{key: row[key] for key in FIELDS},
        commit=_commit(commit) if commit else None,
        machine=_class(machine, Machine),
        outcomes=tuple(
            Outcome(
                known[each["cell_id"]],
                made[each["build_id"]],
                tuple(samples.get(each["cell_id"], ())),
                failure(each),
            )
            for each in outcomes
        ),
    )


def failure(row: Mapping[str, Any]) -> Failure | None:
    """Of an outcome."""
    kind = row["failure_kind"]
    return None if kind is None else Failure(kind, row["failure_cause"], row["failure_reason"])


def _classes(connection: Connection, table: sa.Table, made: type[Class]) -> dict[int, Class]:
    rows = connection.execute(sa.select(table)).mappings()
    return {row["id"]: _class(row, made) for row in rows}


def _commit(row: Mapping[str, Any]) -> Commit:
    parents = row["parents"]
    return Commit(
        row["sha"], None if parents is None else tuple(parents.split()), row["committed_at"], row["height"]
    )


def _class(row: Mapping[str, Any], made: type[Class]) -> Class:
    return made(**_plain(row))


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in ("id", "digest")}
