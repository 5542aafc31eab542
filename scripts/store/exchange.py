"""A store as lines of JSON: the first says what it is, each other one is a run with all that is kept of it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from scripts.analysis.text import printable
from scripts.measuring.usage import UsageError
from scripts.store import recorded
from scripts.store.database import schema
from scripts.store.database.address import StoreError
from scripts.store.database.connection import Store
from scripts.store.record import record
from scripts.store.values import (
    Build,
    Cell,
    Commit,
    Failure,
    Json,
    Machine,
    Outcome,
    Parameter,
    Run,
    Sample,
    canonical,
)

_HEAD = "fanout_history"  # the version of the schema that the lines are of
_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "bool": (bool,),
    "float": (float, int),
    "float | None": (float, int, type(None)),
    "int | None": (int, type(None)),
    "bool | None": (bool, type(None)),
}


def exported(store: Store) -> Iterator[str]:
    """The lines. What is pruned meanwhile is left out."""
    yield canonical({_HEAD: schema.VERSION}) + "\n"
    for digest in store.read(recorded.digests):
        if run := store.read(lambda connection: recorded.stored(connection, digest)):
            yield canonical({"digest": digest, **asdict(run)}) + "\n"


def write(path: Path, lines: Iterable[str]) -> None:
    """A file that is there whole or, as an older one may be, not changed at all. Raises OSError or UsageError."""
    if path.exists() and not path.is_file():
        raise UsageError(f"export: {path} is no file; without one it goes to standard output")
    target = path.resolve()  # a link stays one
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".export-") as folder:
        whole = Path(folder) / target.name
        with whole.open("w", encoding="utf-8") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())  # or a power cut may leave the name with nothing in it
        whole.replace(target)


def imported(store: Store, lines: Iterable[str]) -> tuple[int, int]:
    """Records what the lines hold, a transaction each, so that it can be done again; how many are new, of how many. Raises
    StoreError, which names the line."""
    new = number = 0
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
            if number == 1:
                _require_known(entry)
                continue
            run = _run(entry)
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
            raise StoreError(f"line {number} is no run of an export: {printable(str(error)):.200}") from None
        if run.digest != entry.get("digest"):
            raise StoreError(f"line {number} was changed or torn: its content is not that of its digest")
        new += store.write(lambda connection: record(connection, run))
    if not number:
        raise StoreError("holds nothing; `fanout history export` writes a line at least")
    return new, number - 1


def _require_known(head: Any) -> None:
    """Raises StoreError or ValueError."""
    found = head.get(_HEAD) if isinstance(head, dict) else None
    if not isinstance(found, int) or isinstance(found, bool):
        raise ValueError("the first line does not say that this is one; `fanout history export` writes it")
    schema.require_known(found)


def _run(entry: Json) -> Run:
    """Raises ValueError, KeyError, TypeError or AttributeError on what is none."""
    run: Run = _made(
        Run,
        entry,
        commit=None if entry["commit"] is None else _commit(entry["commit"]),
        machine=_made(Machine, entry["machine"]),
        outcomes=tuple(map(_outcome, entry["outcomes"])),
    )
    return run


def _commit(entry: Json) -> Commit:
    parents = entry["parents"]
    made: Commit = _made(Commit, entry, parents=None if parents is None else tuple(map(str, parents)))
    return made


def _outcome(entry: Json) -> Outcome:
    cell = entry["cell"]
    return Outcome(
        _made(Cell, cell, parameters=tuple(_made(Parameter, one) for one in cell["parameters"])),
        _made(Build, entry["build"]),
        tuple(_made(Sample, one) for one in entry["samples"]),
        None if entry["failure"] is None else _made(Failure, entry["failure"]),
    )


def _made(kind: Any, entry: Json, **parts: Any) -> Any:
    """Of a class above, from an object with its fields; those that are no plain values are given."""
    values = dict(parts)
    for each in fields(kind):
        if each.name in values:
            continue
        value = entry[each.name]
        if type(value) not in _TYPES[str(each.type)]:
            raise ValueError(f"{each.name} is {value!r:.40}, not {each.type}")
        values[each.name] = float(value) if "float" in str(each.type) and value is not None else value
    return kind(**values)
