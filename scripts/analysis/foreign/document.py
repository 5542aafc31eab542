"""Google Benchmark's own JSON, of any version from 1.5 on, as results of fanout have it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

from scripts.analysis.foreign import names
from scripts.analysis.scaling import HIGHEST_EFFICIENCY
from scripts.analysis.text import LARGEST, NO_REPETITIONS, SCHEMA, SECONDS, UNAVAILABLE

Json = dict[str, Any]

_AGGREGATED = re.compile(r"_(mean|median|stddev|cv|BigO|RMS)$")
UNIT = "iteration"
_PER_THREAD_SINCE = (1, 9)
# Of entries, where a counter of the same name would be taken for it.
_OURS = set("workers tasks rate round order enough_iterations open_time run_time close_time".split())


class Unusable(ValueError):
    """What there is in a document, instead of results."""


def parse(text: str) -> tuple[Any, list[str]]:
    """The document, with null for the constants that are no JSON, and these: the library writes NaN for a counter that is.
    Raises ValueError or RecursionError."""
    constants: list[str] = []
    return json.loads(text, parse_constant=constants.append), constants


def recognised(document: Any) -> bool:
    """Whether this is what the library writes, and none of fanout's."""
    own = {"schema", "cells", "failures"}
    if not isinstance(document, dict) or own & document.keys():
        return False
    return isinstance(document.get("context"), dict) and isinstance(document.get("benchmarks"), list)


def rewritten(document: Json, stem: str) -> Json:
    """Results of fanout; the contender is the program that wrote it, `stem` where it does not say. Raises Unusable where it
    has aggregates alone, or entries of another shape."""
    plain, aggregates = _apart(document["benchmarks"])
    samples, failures = _judged(document, plain, aggregates, medians=False)
    if not samples and NO_REPETITIONS in [failure["reason"] for failure in failures]:
        raise Unusable(NO_REPETITIONS)
    contender = PurePath(str(document["context"].get("executable", ""))).stem or stem
    found = dict.fromkeys([entry["name"] for entry in [*plain, *failures]])
    cells = names.entries(found, contender)
    for sample in samples:
        sample["workers"] = cells[sample["name"]]["workers"]
    return {
        "schema": SCHEMA,
        "context": _context(document["context"]),
        "benchmarks": samples,
        "failures": failures,
        "cells": [*cells.values()],
    }


def _context(context: Json) -> Json:
    """What fanout knows by other names, and nothing of the user's own that it would take for a run's."""
    cpus = {"effective_cpus": context["num_cpus"]} if _number(context.get("num_cpus")) else {}
    kept = {key: value for key, value in context.items() if key not in ("rounds", "interrupted")}
    return cpus | kept | {"unit": UNIT}


def outcome(document: Json) -> Json:
    """The same of one process. A benchmark that writes aggregates alone has the median of its repetitions, which is the
    time of a process."""
    samples, failures = _judged(document, *_apart(document["benchmarks"]), medians=True)
    return {"context": document["context"], "benchmarks": samples, "failures": failures}


def _apart(rows: Iterable[Any]) -> tuple[list[Json], list[Json]]:
    """The repetitions, and what the library made of them. Raises Unusable on what is no entry."""
    entries = list(rows)
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise Unusable(f"benchmarks[{index}] has no name")
    known = {entry["name"] for entry in entries}
    made = [_aggregate(entry, known) for entry in entries]
    return [e for e, one in zip(entries, made) if not one], [e for e, one in zip(entries, made) if one]


def _aggregate(entry: Json, known: set[str]) -> bool:
    """Libraries before 1.5 do not say so: there the name does, where others of the same benchmark stand beside it."""
    if "run_type" in entry:
        return bool(entry["run_type"] == "aggregate")
    plain = _AGGREGATED.sub("", entry["name"])
    beside = plain != entry["name"] and {f"{plain}_mean", f"{plain}_median"} <= known
    return beside or bool(entry.keys() & {"cpu_coefficient", "rms"})


def _judged(
    document: Json, plain: list[Json], aggregates: list[Json], medians: bool
) -> tuple[list[Json], list[Json]]:
    """The samples, and why each of the other benchmarks has none."""
    context = document["context"]
    per_thread, cpus = _per_thread(context), context.get("num_cpus")
    failures: dict[str, Json] = {}
    samples: dict[str, dict[int, Json]] = {}
    kept = {entry["name"] for entry in plain}
    left = [entry for entry in aggregates if _run_name(entry) not in kept]
    rows = [*plain, *({**entry, "name": _run_name(entry)} for entry in left if medians and _is_median(entry))]
    for entry in rows:
        found = samples.setdefault(entry["name"], {})
        index = entry.get("repetition_index", len(found))
        try:
            if not isinstance(index, int):
                raise _Useless(f"repetition_index is {index!r:.40}")
            if index in found:
                raise _Useless("two benchmarks have this name")
            found[index] = _sample(entry, index, per_thread)
            _require_at_once(found[index], cpus)
        except _Useless as why:
            failures.setdefault(entry["name"], _failure(entry["name"], why))
    for name in dict.fromkeys(map(_run_name, left)):
        if name not in samples:
            failures[name] = _failure(name, _Useless(NO_REPETITIONS))
    good = [one for name, found in samples.items() if name not in failures for one in found.values()]
    return good, [*failures.values()]


class _Useless(ValueError):
    """Why an entry is no sample, and the kind of failure."""

    def __init__(self, reason: str, kind: str = "error") -> None:
        super().__init__(reason)
        self.kind = kind


def _failure(name: str, why: _Useless) -> Json:
    return {"name": name, "kind": why.kind, "cause": {}, "reason": str(why)}


def _sample(entry: Mapping[str, Any], index: int, per_thread: bool) -> Json:
    """The entry with times in ns, of one iteration of any thread, and its counters, none under a name of fanout's. Raises
    _Useless."""
    if entry.get("error_occurred"):
        raise _Useless(str(entry.get("error_message") or "error_occurred"))
    if entry.get("skipped"):
        raise _Useless(str(entry.get("skip_message") or "skipped"), UNAVAILABLE)
    if (unit := entry.get("time_unit")) not in SECONDS:
        raise _Useless(f"time_unit {unit!r:.40} is none of {', '.join(SECONDS)}")
    times: dict[str, Any] = {key: entry.get(key) for key in ("real_time", "cpu_time")}
    for key, time in times.items():
        if not _number(time) or time < 0 or (key == "real_time" and time == 0):
            raise _Useless(f"{key} is {time!r:.40}")
    threads = entry.get("threads", 1)
    share = threads if per_thread and _number(threads) and threads >= 1 else 1
    in_ns = SECONDS[unit] / SECONDS["ns"]
    kept = {
        f"{key}_counter" if key in _OURS else key: value
        for key, value in entry.items()
        if isinstance(value, str) or _number(value)
    }
    return {
        **kept,
        "run_type": "iteration",
        "repetition_index": index,
        "real_time": times["real_time"] * in_ns / share,
        "cpu_time": times["cpu_time"] * in_ns,
        "time_unit": "ns",
    }


def _require_at_once(sample: Json, cpus: Any) -> None:
    """Raises _Useless where there were not as many CPUs as its threads must have used. The library takes the mean of what each
    thread took, which is less than all took together where they ran one after the other."""
    if not _number(cpus) or sample.get("threads", 1) == 1 or "manual_time" in sample["name"].split("/"):
        return
    busy = sample["cpu_time"] / sample["real_time"]
    if busy > HIGHEST_EFFICIENCY * cpus:
        used = f"{busy:.0f} CPUs' time of {cpus:g}"
        raise _Useless(
            f"threads did not run at once: {used}; a longer --min-time lets them overlap", "impossible"
        )


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < LARGEST


def _run_name(entry: Mapping[str, Any]) -> str:
    """Of the benchmark that an aggregate is of."""
    return str(entry.get("run_name") or _AGGREGATED.sub("", entry["name"]))


def _is_median(entry: Mapping[str, Any]) -> bool:
    return bool(
        entry.get("aggregate_name", _AGGREGATED.sub(r" \1", entry["name"]).split(" ")[-1]) == "median"
    )


def _per_thread(context: Mapping[str, Any]) -> bool:
    """Whether real_time is that of each thread's own iterations, as from 1.9 on; before, it was divided by the threads. What
    does not say its version is 1.8.3 or older."""
    match = re.match(r"v?(\d+)\.(\d+)", str(context.get("library_version", "1.0")))
    return match is None or (int(match[1]), int(match[2])) >= _PER_THREAD_SINCE
