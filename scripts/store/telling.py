"""What is said of a store: of a run as it is recorded, and the lists of runs and series."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timezone
from fnmatch import fnmatchcase
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scripts.analysis.text import change, duration, plural
from scripts.reports import ROWS, Column, Report, Table, Text, beyond
from scripts.store.changed import Changed
from scripts.store.changed import changes as found_changes
from scripts.store.database import schema
from scripts.store.database.address import Address
from scripts.store.database.connection import Store
from scripts.store.series import Series, Wanted, epochs
from scripts.store.series import series as found_series
from scripts.store.values import Machine, Run

_SHOWN = 12  # characters of a digest or a commit

_RUNS = [
    Column("run"),
    Column("measured (UTC)"),
    Column("commit"),
    Column("branch", dispensable=2),
    Column("subject", wraps=True),
    Column("machine", wraps=True, dispensable=3),
    Column("cells", right=True),
    Column("failed", right=True, dispensable=4),
    Column("samples", right=True, dispensable=1),
]
_SERIES = [
    Column("cell", wraps=True),
    Column("project", dispensable=3),
    Column("begins (UTC)"),
    Column("runs", right=True),
    Column("failed", right=True, dispensable=2),
    Column("last median", right=True),
    Column("new epoch by", wraps=True, dispensable=1),
]
_CHANGES = [
    Column("cell", wraps=True),
    Column("change", right=True),
    Column("since"),
    Column("of (UTC)", dispensable=2),
    Column("commits", right=True, dispensable=1),
    Column("base, new"),
    Column("project, branch", dispensable=3),
]


def recorded(run: Run, new: bool, address: Address) -> str:
    """Of one that has just been."""
    samples = sum(len(each.samples) for each in run.outcomes)
    partial = ", partial (it was interrupted)" * bool(json.loads(run.context).get("interrupted"))
    what = f"{plural(len(run.outcomes), 'cell')}, {plural(samples, 'sample')}, {_commit(run)}{partial}"
    return f"{run.digest[:_SHOWN]}: {what}; " + (f"recorded in {address}" if new else "there already")


def _commit(run: Run) -> str:
    if run.commit is None:
        return "no commit (--commit=HEAD would say which)"
    where = " and changes" * run.dirty + f" on {run.branch}" * bool(run.branch)
    unknown = ", which is not in this repository: ordered by time" * (run.commit.parents is None)
    return f"commit {run.commit.sha[:_SHOWN]}{where}{unknown}"


def runs(store: Store, wanted: Wanted) -> Report:
    """Those of a branch and a project, as they were measured."""
    rows = store.read(lambda connection: _runs(connection, wanted))
    shown = [
        [
            row["digest"][:_SHOWN],
            _time(row["measured_at"]),
            (row["commit"] or "")[:_SHOWN] + "*" * row["dirty"],
            row["branch"],
            row["subject"] or row["tool"],
            row["machine"],
            *(str(row[key]) for key in ("cells", "failed", "samples")),
        ]
        for row in rows
    ]
    blocks = [Table(_RUNS, shown[-ROWS:]), *beyond(len(shown) - ROWS, "runs before them")]
    dirty = "; *: with changes that were not committed" * any(row["dirty"] for row in rows)
    said = Text(f"{plural(len(rows), 'run')}{dirty}")
    return Report(f"Runs in {store.address}", blocks, lambda: {"runs": rows}, said, rows=lambda: rows)


def _runs(connection: Connection, wanted: Wanted) -> list[dict[str, Any]]:
    r, o = schema.run.c, schema.outcome.c
    counted = sa.select(
        o.run_id,
        sa.func.count().label("cells"),
        sa.func.sum(o.count).label("samples"),
        sa.func.count(o.failure_kind).label("failed"),
    )
    if wanted.project:
        its = sa.select(schema.cell.c.id).where(schema.cell.c.project == wanted.project)
        counted = counted.where(o.cell_id.in_(its))
    counts = counted.group_by(o.run_id).subquery()
    joined = schema.run.join(schema.machine).join(counts, counts.c.run_id == r.id, isouter=not wanted.project)
    facts = [schema.machine.c[key] for key in Machine.__dataclass_fields__]
    asked = sa.select(
        *(r.digest, r.measured_at, r.recorded_at, r.commit_sha.label("commit"), r.dirty, r.branch, r.tool),
        *(r.subject, *facts, counts.c.cells, counts.c.samples, counts.c.failed),
    ).select_from(joined)
    if wanted.branch:
        asked = asked.where(r.branch == wanted.branch)
    rows = connection.execute(asked.order_by(sa.func.coalesce(r.measured_at, r.recorded_at), r.id)).mappings()
    return [_row(row) for row in rows]


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    plain = ("digest", "measured_at", "recorded_at", "commit", "dirty", "branch", "tool", "subject")
    counts = {key: int(row[key] or 0) for key in ("cells", "failed", "samples")}
    facts = {key: row[key] for key in Machine.__dataclass_fields__}
    return {
        **{key: row[key] for key in plain},
        "machine": machine(Machine(**facts)),
        **counts,
    }


def machine(of: Machine) -> str:
    """A class in a few words."""
    cpus = f"{of.effective_cpus:g} CPUs" if of.effective_cpus else ""
    memory = f"{of.memory:g} GiB" if of.memory else ""
    return ", ".join(filter(None, [of.cpu_model or "unknown", cpus, memory]))


def series(store: Store, wanted: Wanted) -> Report:
    """Cells by epochs."""
    told = epochs(store.read(lambda connection: found_series(connection, wanted)))
    shown = [_series(one, why) for one, why in told]
    blocks = [Table(_SERIES, shown[:ROWS]), *beyond(len(shown) - ROWS, "series")]
    data = [_data(one, why) for one, why in told]
    said = Text(f"{len(told)} series")
    return Report(f"Series in {store.address}", blocks, lambda: {"series": data}, said, rows=lambda: data)


def _series(one: Series, why: list[str]) -> list[str]:
    return [
        one.cell.name,
        one.cell.project,
        _time(one.first),
        str(len(one.points)),
        str(len(one.failed) or ""),
        duration(one.points[-1].median) if one.points else "",
        ", ".join(why).replace("_", " "),
    ]


def changes(store: Store, wanted: Wanted) -> Report:
    """What is suspected of cells. All of them are looked at, also where few are wanted: what they do alike is no change of one."""
    every = replace(wanted, cell="*")
    found = found_changes(store.read(lambda connection: found_series(connection, every)))
    told = [one for one in found if fnmatchcase(one.change.cell, wanted.cell)]
    blocks = [Table(_CHANGES, [*map(_changed, told[:ROWS])]), *beyond(len(told) - ROWS, "changes")]
    data = [asdict(one) for one in told]
    said = Text(f"{plural(len(told), 'change')} suspected; `fanout duet BASE NEW` measures both builds again")
    return Report(f"Changes in {store.address}", blocks, lambda: {"changes": data}, said, rows=lambda: data)


def _changed(one: Changed) -> list[str]:
    seen = one.change
    return [
        seen.cell or f"all cells on {machine(one.machine)}",
        change(seen.size),
        seen.commit[:_SHOWN],
        _time(one.time),
        str(one.commits),
        f"{seen.base[:_SHOWN]}, {seen.new[:_SHOWN]}",
        ", ".join(filter(None, [one.project, one.branch])),
    ]


def _data(one: Series, why: list[str]) -> dict[str, Any]:
    points = [
        {
            "commit": point.commit,
            "time": point.time,
            "run": point.run,
            "median": point.median,
            "count": point.count,
        }
        for point in one.points
    ]
    return {
        "project": one.cell.project,
        "name": one.cell.name,
        "machine": asdict(one.machine),
        "build": asdict(one.build),
        "new_epoch_by": why,
        "points": points,
        "failures": [asdict(failed) for failed in one.failed],
    }


def _time(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M")
