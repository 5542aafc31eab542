"""Results as tables: a row for each sample (one fresh process), and the cells that failed beside it."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.analysis.why.evidence import States
from scripts.analysis.why.stacks import Stacks
from scripts.analysis.why.timeline import Timeline

if TYPE_CHECKING:  # slow to load; most commands make no table, or late
    import pandas as pd

    from scripts.analysis.load.loads import Load

SERIAL = "serial"  # the family of the serial loop

CELL_COLUMNS = {
    "file": int,
    "name": str,
    "workload": str,
    "case": str,  # what competitors have in common: the workload and its parameters
    "executor": str,
    "contender": str,  # the executor with its own parameters; what competes
    "family": str,
    "workers": int,
    "baseline": bool,  # what speedups are against: the serial loop, or the fewest workers of a subject's first contender
}
COLUMNS = CELL_COLUMNS | {
    "kind": str,  # of the executor: serial, threads, loop or processes; "" where the file does not say
    "waits": bool,  # tasks wait rather than compute: CPUs set no limit
    "in_flight": float,  # NaN where the executor has no such choice; infinite for all
    "duration": float,  # seconds that a task computes; NaN where that is no parameter
    "sweep": str,  # the case without it
    "weak": bool,  # of weak scaling: work grows with the workers
    "work": int,  # of a batch, over that of one worker; 1 where it does not grow
    "rate": float,  # rounds of work a microsecond, where tasks are calibrated; NaN where not
    "round": int,
    "real": float,  # seconds a batch
    "cpu": float,  # seconds a batch, of the process and its children
    "tasks": int,  # in a batch; 0 where nobody counts them
    "open": float,  # seconds; NaN where no workers are started beforehand
    "run": float,  # seconds, of cold cells; NaN for warm ones
    "close": float,  # seconds; as open
}
FAILURE_COLUMNS = CELL_COLUMNS | {"kind": str, "reason": str}

STATISTICS = ("stop_reason", "samples", "disturbed", "marks", "arguments")  # of cells[]

Cell = Mapping[str, Any]  # an entry of a results file's cells[]


def frame(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, type]) -> pd.DataFrame:
    """A table with these columns and types, without rows too. By columns, since 100,000 rows take 100 MB."""
    import pandas as pd

    found: dict[str, list[Any]] = {name: [] for name in columns}
    for row in rows:
        for name, values in found.items():
            values.append(row[name])
    return pd.DataFrame(
        {
            name: pd.Series(values, dtype=object if columns[name] is str else columns[name])
            for name, values in found.items()
        }
    )


def joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The rows of all, numbered anew."""
    import pandas as pd

    return pd.concat(tables, ignore_index=True)


def _no_samples() -> pd.DataFrame:
    return frame([], COLUMNS)


@dataclass(frozen=True)
class Results:
    """What the files hold together; `file` in the tables indexes `contexts`, `labels` and `cells`."""

    table: pd.DataFrame  # COLUMNS; warm cells
    failures: pd.DataFrame  # FAILURE_COLUMNS
    contexts: list[dict[str, Any]]
    labels: list[str]  # different from each other, for people
    cold: pd.DataFrame = field(default_factory=_no_samples)  # COLUMNS; workers start and end within the clock
    cells: list[dict[str, Cell]] = field(default_factory=list)  # by name, their STATISTICS
    digests: list[str] = field(default_factory=list)  # of what the files hold
    paths: list[Path] = field(default_factory=list)
    states: list[dict[str, list[States]]] = field(default_factory=list)  # by cell, a process each
    stacks: list[dict[str, Stacks]] = field(default_factory=list)  # by cell
    timelines: list[dict[str, Timeline]] = field(default_factory=list)  # by cell
    loads: list[list[Load]] = field(default_factory=list)  # cells at their rates

    @property
    def scalings(self) -> set[str]:
        """Those that were measured: "strong", "weak"."""
        return {"weak" if weak else "strong" for one in (self.table, self.cold) for weak in one["weak"]}


def place(file: int, cell: Cell) -> dict[str, Any]:
    """The CELL_COLUMNS of a cell."""
    kept = {key: cell[key] for key in CELL_COLUMNS if key not in ("file", "baseline")}
    return {"file": file, **kept, "baseline": cell.get("baseline", cell["family"] == SERIAL)}


def roles(cell: Cell) -> dict[str, Any]:
    """What of a cell's parameters statistics ask for, by the roles that workloads and executors declare."""
    declared, own = cell.get("roles", {}), cell.get("executor_roles", {})
    in_flight = own.get("in_flight", math.nan)
    waits = bool(cell.get("waits", False))
    weak = cell.get("scaling") == "weak"
    # Of no sweep for METG: that is of how long the same tasks take.
    duration = math.nan if waits or weak else declared.get("duration", math.nan)
    others = [
        f"{role}:{value:g}" for role, value in declared.items() if role != "duration" and _number(value)
    ]
    return {
        "kind": sys.intern(str(cell.get("kind", ""))),
        "waits": waits,
        "in_flight": math.inf if in_flight is None else in_flight,
        "duration": duration,
        "weak": weak,
        "work": int(cell.get("work", 1)) if weak else 1,
        "sweep": sys.intern("/".join([cell["workload"], *others])),
    }


def _number(value: Any) -> bool:
    return isinstance(value, (int, float))


@dataclass(frozen=True)
class Failed:
    """One contender, kind and reason in one file, with the names of all cells that it stopped."""

    file: int
    contender: str
    kind: str
    reason: str
    cells: tuple[str, ...]


def grouped(failures: pd.DataFrame) -> list[Failed]:
    """The failures by file, contender, kind and reason, in the order of the table."""
    found: dict[tuple[int, str, str, str], list[str]] = {}
    for row in failures.to_dict("records"):
        key = (row["file"], row["contender"], row["kind"], row["reason"])
        found.setdefault(key, []).append(row["name"])
    return [Failed(*key, tuple(cells)) for key, cells in found.items()]
