"""A results file as a run to be recorded."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from scripts.analysis.comparable import BATCH, unit
from scripts.analysis.results import BadResults, whole
from scripts.analysis.table import Cell as Entry
from scripts.analysis.text import LARGEST
from scripts.measuring.usage import UsageError
from scripts.store import identity
from scripts.store.commits import Repository
from scripts.store.values import (
    Cell,
    Commit,
    Failure,
    Json,
    Outcome,
    Parameter,
    Run,
    Sample,
    canonical,
    storable,
)

FANOUT = Path(__file__).resolve().parents[2]
PLUGIN = "plugin"  # the key of its digest, beside which "commit" is that of fanout
_OWN = "fanout"  # the project of the built-in workloads
_OWN_SOURCES = ("workloads/{workload}.cpp", "workloads/{workload}")
_COMMIT = re.compile(r"([0-9a-f]{7,64})(-dirty)?")


@dataclass(frozen=True)
class Said:
    """What the user says of results, beside what they say themselves; "" and () leave it to them."""

    repository: Path
    commit: str = ""  # a revision, whatever the results say
    otherwise: str = ""  # a revision, where they say nothing
    project: str = ""
    branch: str = ""
    machine: str = ""
    sources: tuple[str, ...] = ()  # paths of the benchmark itself, with a place for {workload}


def read(path: Path, said: Said) -> Run:
    """Raises BadResults or UsageError."""
    results, entries, failed = whole(path)
    try:
        context: Json = storable(results.contexts[0])
        cells: list[Json] = storable([*entries.values()])
        failures: dict[str, Json] = {one["name"]: one for one in storable(failed)}
    except RecursionError:
        raise BadResults(path, "is nested too deeply") from None
    own = unit(context) == BATCH and PLUGIN not in context
    repository, commit, dirty = _commit(context, said)
    project = said.project or (_OWN if own else repository.name)
    sources = said.sources or (_OWN_SOURCES if own else ())

    @lru_cache(None)
    def source(workload: str) -> str:
        found = tuple(each.replace("{workload}", workload) for each in sources)
        return repository.source(commit.sha, found) if commit and found else ""

    samples = _samples(results.table, results.cold)
    refused = {
        storable(name): Failure(kind, "{}", reason)
        for name, kind, reason in results.failures[["name", "kind", "reason"]].itertuples(index=False)
    }
    causes = {name: canonical(one.get("cause") or {}) for name, one in failures.items()}
    outcomes = [
        Outcome(
            _cell(entry, project, unit(context)),
            identity.build(context, entry, source(str(entry["workload"]))),
            () if entry["name"] in refused else samples.get(str(entry["name"]), ()),
            _failure(refused.get(entry["name"]), causes.get(entry["name"], "{}")),
        )
        for entry in cells
    ]
    kept = {each.cell.digest: each for each in outcomes if each.samples or each.failure}
    if not kept:  # as of a load, which is evidence
        raise BadResults(path, "has neither samples nor failures, so there is nothing to keep")
    return Run(
        tool=tool(context),
        subject=str(context.get("subject", "")),
        branch=storable(said.branch or (repository.branch(commit.sha, os.environ) if commit else "")),
        commit=commit,
        dirty=dirty,
        measured_at=measured_at(context),
        recorded_at=time.time(),
        seed=str(context.get("seed", "")),
        context=canonical(context),
        machine=identity.machine(context, storable(said.machine)),
        outcomes=tuple(kept.values()),
    )


def tool(context: Mapping[str, Any]) -> str:
    """What measured."""
    if version := context.get("fanout_version"):
        return f"fanout {version}"
    return str(context.get("tool") or ("fanout" if "order_seed" in context else "Google Benchmark"))


def measured_at(context: Mapping[str, Any]) -> float | None:
    """Seconds since 1970; a time without a zone is UTC."""
    for key in ("started", "date"):
        try:
            found = datetime.fromisoformat(str(context.get(key, "")))
            return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).timestamp()
        except (ValueError, OverflowError):
            continue
    return None


def _commit(context: Json, said: Said) -> tuple[Repository, Commit | None, bool]:
    """The repository that knows the commit, the commit, and whether there were changes beside it. Raises UsageError."""
    here = Repository(said.repository)
    if said.commit:
        if not (sha := here.resolve(said.commit)):
            raise UsageError(f"--commit={said.commit} is no commit of the repository in {said.repository}")
        return _checked_out(here, sha)
    found = None if PLUGIN in context else _COMMIT.fullmatch(str(context.get("commit", "")))
    if not found:
        return _checked_out(here, said.otherwise)
    for repository in (here, Repository(FANOUT)):
        if sha := repository.resolve(found[1]):
            return repository, repository.commit(sha), bool(found[2])
    return here, Commit(found[1], None, None, None), bool(found[2])


def _checked_out(here: Repository, revision: str) -> tuple[Repository, Commit | None, bool]:
    sha = here.resolve(revision)
    return here, here.commit(sha) if sha else None, sha == here.resolve("HEAD") and bool(sha) and here.dirty


def _samples(*tables: pd.DataFrame) -> dict[str, tuple[Sample, ...]]:
    found: dict[str, list[Sample]] = {}
    for table in tables:
        for name, place, real, cpu in table[["name", "round", "real", "cpu"]].itertuples(index=False):
            found.setdefault(storable(name), []).append(Sample(int(place), float(real), float(cpu)))
    return {name: tuple(sorted(each, key=lambda sample: sample.place)) for name, each in found.items()}


def _failure(found: Failure | None, cause: str) -> Failure | None:
    return found and Failure(storable(found.kind), cause, storable(found.reason))


def _cell(entry: Entry, project: str, unit: str) -> Cell:
    return Cell(
        project=storable(project),
        unit=unit,
        scaling=str(entry.get("scaling", "strong")),
        kind=str(entry.get("kind", "")),
        parameters=tuple(_parameters(entry)),
        workers=int(entry["workers"]),
        **{
            key: str(entry[key])
            for key in ("workload", "case", "contender", "lifecycle", "name", "executor", "family")
        },
    )


def _parameters(entry: Entry) -> Iterator[Parameter]:
    for owner, key in (("workload", "parameters"), ("executor", "executor_parameters")):
        for name, value in sorted(entry.get(key, {}).items()):
            numeric = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < LARGEST
            text = value if isinstance(value, str) else canonical(value)
            yield Parameter(f"{entry[owner]}.{name}", text, float(value) if numeric else None)
