"""Takes runs out of a store, and what nothing refers to any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scripts.store.database import schema
from scripts.store.database.address import SQLITE, StoreError
from scripts.store.database.connection import Store

_RUN = schema.run.c


@dataclass(frozen=True)
class Unwanted:
    """Runs that are all of this; what is not said matters not."""

    digests: Sequence[str] = ()  # their beginnings
    before: float | None = None  # seconds since 1970: measured then
    branch: str = ""
    dirty: bool = False  # with changes that were not committed

    def where(self) -> sa.sql.ColumnElement[bool]:
        said = []
        if self.digests:
            said.append(sa.or_(*(_RUN.digest.startswith(each, autoescape=True) for each in self.digests)))
        if self.before is not None:
            said.append(sa.func.coalesce(_RUN.measured_at, _RUN.recorded_at) < self.before)
        if self.branch:
            said.append(_RUN.branch == self.branch)
        if self.dirty:
            said.append(_RUN.dirty.is_(True))
        return sa.and_(*said)


def prune(store: Store, unwanted: Unwanted, dry: bool) -> list[str]:
    """The digests of the runs that are gone, or with `dry` would be. Raises StoreError where a digest begins none, or several."""

    def found(connection: Connection) -> list[str]:
        gone = list(connection.execute(sa.select(_RUN.digest).where(unwanted.where())).scalars())
        for begin in unwanted.digests:
            if (count := sum(one.startswith(begin) for one in gone)) != 1:
                runs = "several runs begin" if count else "no such run begins"
                raise StoreError(f"{runs} with {begin}; see `fanout history list`")
        return gone

    def work(connection: Connection) -> list[str]:
        gone = found(connection)
        connection.execute(schema.run.delete().where(unwanted.where()))
        o = schema.outcome.c
        for table, used in (
            (schema.cell.c.id, o.cell_id),
            (schema.build.c.id, o.build_id),
            (schema.machine.c.id, _RUN.machine_id),
            (schema.commits.c.sha, _RUN.commit_sha),
        ):
            left = ~sa.exists().where(used == table)
            connection.execute(sa.delete(table.table).where(left))
        return gone

    gone = store.read(found) if dry else store.write(work)
    if gone and not dry and store.address.kind == SQLITE:
        store.compact()
    return gone
