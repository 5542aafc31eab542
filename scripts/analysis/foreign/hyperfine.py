"""What hyperfine exports as JSON, as results of fanout have it: a run of a command is a sample."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from scripts.analysis.foreign.names import COUNTED
from scripts.analysis.text import LARGEST, SCHEMA

Json = dict[str, Any]

WORKLOAD = "command"


def recognised(document: Any) -> bool:
    """Whether hyperfine wrote this: "results", each of a command."""
    found = document.get("results") if isinstance(document, dict) else None
    own = isinstance(document, dict) and bool({"schema", "benchmarks", "cells"} & document.keys())
    return (
        not own
        and isinstance(found, list)
        and bool(found)
        and all(isinstance(each, dict) and isinstance(each.get("command"), str) for each in found)
    )


def rewritten(document: Json, stem: str) -> Json:
    """Results of fanout. A parameter called threads or workers is the number of workers; the others make cases."""
    entries = document["results"]
    cells: dict[str, Json] = {}
    times: dict[str, list[Json]] = {}
    failures: dict[str, Json] = {}
    for entry, contender in zip(entries, _contenders(entries)):
        cell = _cell(entry, contender)
        name = cells.setdefault(cell["name"], cell)["name"]
        try:
            times.setdefault(name, []).extend(_samples(entry, cell))
        except _Useless as why:
            failures[name] = {"name": name, "kind": why.kind, "cause": why.cause, "reason": str(why)}
    leading: dict[str, str] = {}  # of each case the first contender, whose fewest workers are the baseline
    for cell in cells.values():
        leading.setdefault(cell["case"], cell["contender"])
    for case, contender in leading.items():
        its = [c for c in cells.values() if (c["case"], c["contender"]) == (case, contender)]
        min(its, key=lambda cell: int(cell["workers"]))["baseline"] = True
    kept = {name: rows for name, rows in times.items() if name not in failures}
    return {
        "schema": SCHEMA,
        "context": {"tool": "hyperfine", "unit": "run", "rounds": max(map(len, kept.values()), default=0)},
        "benchmarks": [row | {"round": index} for rows in kept.values() for index, row in enumerate(rows)],
        "failures": [*failures.values()],
        "cells": [*cells.values()],
    }


class _Useless(ValueError):
    """Why a result has no samples, the kind of failure and its cause."""

    def __init__(self, reason: str, kind: str = "error", cause: Mapping[str, int] = {}) -> None:
        super().__init__(reason)
        self.kind, self.cause = kind, dict(cause)


def _parameters(entry: Json) -> dict[str, str]:
    found = entry.get("parameters")
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def _workers(entry: Json) -> tuple[str, int]:
    """The parameter that is the number of workers, and that; "" and 1 where there is none."""
    for key, value in _parameters(entry).items():
        if found := COUNTED.fullmatch(f"{key}:{value}"):
            return key, int(found[1])
    return "", 1


def _contenders(entries: list[Json]) -> Iterator[str]:
    """The commands, with the parameter that is the number of workers in place of its value wherever that makes commands of
    several numbers one."""
    written = []
    counts: dict[str, set[int]] = {}
    for entry in entries:
        key, workers = _workers(entry)
        command = entry["command"]
        written.append(command.replace(str(workers), f"{{{key}}}") if key else command)
        counts.setdefault(written[-1], set()).add(workers)
    for entry, one in zip(entries, written):
        yield one if len(counts[one]) > 1 else entry["command"]


def _cell(entry: Json, contender: str) -> Json:
    key, workers = _workers(entry)
    parameters = {name: value for name, value in _parameters(entry).items() if name != key}
    shown = [f"{name}:{value}" for name, value in parameters.items()]
    return {
        "name": "/".join([WORKLOAD, contender, f"workers:{workers}", *shown]),
        "workload": WORKLOAD,
        "case": "/".join([WORKLOAD, *shown]),
        "executor": contender,
        "contender": contender,
        "family": f"{WORKLOAD}/{contender}",
        "kind": WORKLOAD,
        "lifecycle": "warm",
        "workers": workers,
        "baseline": False,
        "parameters": parameters,
        "roles": {},
    }


def _samples(entry: Json, cell: Json) -> Iterator[Json]:
    """Of CPU time hyperfine keeps the mean alone: it stands with each. Raises _Useless."""
    codes = entry.get("exit_codes") or []
    if wrong := [code for code in codes if code != 0]:
        ended = "was killed by a signal" if wrong[0] is None else f"ended with status {wrong[0]}"
        cause = {"status": wrong[0]} if isinstance(wrong[0], int) else {}
        raise _Useless(f"{ended} in {len(wrong)} of {len(codes)} runs", cause=cause)
    times = entry.get("times")
    if not isinstance(times, list) or not times:
        raise _Useless("has no times: export it with --export-json of hyperfine 1.1 or newer")
    if wrong := [time for time in times if not _number(time) or time <= 0]:
        raise _Useless(f"a time is {wrong[0]!r:.40}")
    cpu: list[Any] = [entry.get(key) for key in ("user", "system")]
    for time in times:
        yield {
            "name": cell["name"],
            "run_type": "iteration",
            "real_time": float(time),
            "cpu_time": math.fsum(part for part in cpu if _number(part) and part >= 0),
            "time_unit": "s",
            "workers": cell["workers"],
        }


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < LARGEST
