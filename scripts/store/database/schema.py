"""The tables of a store, their version, and the steps from each version to the next.

Times are in seconds, those of day since 1970 (UTC); "" and NULL are unknown. Texts that come from data may be of any length, so what
tells rows apart is a digest of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scripts.store.database.address import POSTGRESQL, SQLITE, StoreError

VERSION = 1
Step = Callable[[Connection], None]
STEPS: Sequence[Step] = ()  # the first is from version 1 to 2; each leaves what create() makes of its version

_LOCK = 0x66616E6F  # of PostgreSQL's advisory locks: one process alone makes or changes tables
_BIG = sa.BigInteger().with_variant(sa.Integer(), SQLITE)  # SQLite numbers rows by INTEGER alone
_DOUBLE = sa.Float(53)

metadata = sa.MetaData()


def _table(name: str, *columns: sa.schema.SchemaItem) -> sa.Table:
    """In SQLite, rows with a number of their own are found by that, others by their key alone."""
    numbered = any(isinstance(one, sa.Column) and one.name in ("id", "version") for one in columns)
    return sa.Table(name, metadata, *columns, sqlite_with_rowid=numbered)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _id() -> sa.Column[int]:
    return sa.Column("id", _BIG, primary_key=True)


def _digest() -> sa.Column[str]:
    return sa.Column("digest", sa.String(64), nullable=False, unique=True)


def _of(table: str, key: bool = False, owned: bool = False) -> sa.Column[int]:
    """A reference; what is owned goes with its owner, and of what is not, an index finds who refers to it."""
    to = sa.ForeignKey(f"{table}.id", ondelete="CASCADE" if owned else None)
    return sa.Column(f"{table}_id", _BIG, to, primary_key=key, nullable=False, index=not owned)


store = _table("fanout_store", sa.Column("version", sa.Integer, nullable=False))

machine = _table(
    "machine",
    _id(),
    _digest(),
    _text("cpu_model"),
    _text("architecture"),
    sa.Column("effective_cpus", _DOUBLE),
    _text("smt"),
    _text("governor"),
    _text("virtualisation"),
    sa.Column("memory", _DOUBLE),  # GiB
    _text("caches"),
)

build = _table(
    "build",
    _id(),
    _digest(),
    *map(_text, ("compiler", "flags", "build_type", "library", "environment", "seed")),
    sa.Column("pinned", sa.Boolean),
    _text("sampling"),
    _text("source"),
)

commits = _table(
    "commits",
    sa.Column("sha", sa.String(64), primary_key=True),
    sa.Column("parents", sa.Text),  # with blanks between them
    sa.Column("committed_at", _DOUBLE),
    sa.Column("height", _BIG),
)

run = _table(
    "run",
    _id(),
    _digest(),
    *map(_text, ("tool", "subject", "branch")),
    sa.Column("commit_sha", sa.ForeignKey("commits.sha"), index=True),
    sa.Column("dirty", sa.Boolean, nullable=False),
    sa.Column("measured_at", _DOUBLE),
    sa.Column("recorded_at", _DOUBLE, nullable=False),
    _text("seed"),
    _text("context"),  # JSON
    _of("machine"),
)

cell = _table(
    "cell",
    _id(),
    _digest(),
    *map(_text, ("project", "workload", "case", "contender")),
    sa.Column("workers", sa.BigInteger, nullable=False),
    *map(_text, ("lifecycle", "scaling", "unit", "name", "executor", "family", "kind")),
)

parameter = _table(
    "parameter",
    _of("cell", key=True, owned=True),
    sa.Column("place", sa.Integer, primary_key=True),
    _text("name"),
    _text("value"),
    sa.Column("number", _DOUBLE),  # where the value is one
)

outcome = _table(
    "outcome",
    _of("run", key=True, owned=True),
    _of("cell", key=True),
    _of("build"),
    sa.Column("median", _DOUBLE),
    sa.Column("count", sa.Integer, nullable=False),
    *(sa.Column(name, sa.Text) for name in ("failure_kind", "failure_cause", "failure_reason")),
)

sample = _table(
    "sample",
    sa.Column("run_id", _BIG, primary_key=True),
    sa.Column("cell_id", _BIG, primary_key=True),
    sa.Column("place", sa.BigInteger, primary_key=True),
    sa.Column("seconds", _DOUBLE, nullable=False),
    sa.Column("cpu", _DOUBLE),
    sa.ForeignKeyConstraint(["run_id", "cell_id"], ["outcome.run_id", "outcome.cell_id"], ondelete="CASCADE"),
)


def version(connection: Connection) -> int | None:
    """None where there is no store yet. Raises StoreError, on a newer one too."""
    if not sa.inspect(connection).has_table(store.name):
        return None
    found = connection.execute(sa.select(store.c.version)).scalars().all()
    if len(found) != 1:
        raise StoreError(f"its table {store.name} has {len(found)} versions; it was changed by hand")
    require_known(found[0])
    return int(found[0])


def require_known(found: int) -> None:
    """Raises StoreError."""
    if found > VERSION:
        raise StoreError(
            f"it is of version {found}, and this fanout knows up to {VERSION}; use a newer fanout"
        )


def prepare(connection: Connection) -> None:
    """Makes the tables, or those of an older version anew, within a transaction that writes. Raises StoreError."""
    if connection.dialect.name == POSTGRESQL:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    found = version(connection)
    if found is None:
        known = set(sa.inspect(connection).get_table_names())
        alone = connection.dialect.name == SQLITE  # a server's database may have others beside
        if taken := sorted(known if alone else known & set(metadata.tables)):
            others = ", ".join(taken[:3])
            raise StoreError(f"it has tables of another program ({others}); name another database")
        metadata.create_all(connection, checkfirst=False)
        connection.execute(store.insert().values(version=VERSION))
        return
    for step in STEPS[found - 1 :]:
        step(connection)
    connection.execute(store.update().values(version=VERSION))
