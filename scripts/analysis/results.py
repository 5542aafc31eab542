"""Reads results files; each complaint names the file and the place."""

from __future__ import annotations

import hashlib
import math
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, cast

from scripts.analysis.comparable import BATCH, unit
from scripts.analysis.foreign import dialects
from scripts.analysis.foreign.document import Unusable
from scripts.analysis.load.latency import latencies
from scripts.analysis.load.loads import loads
from scripts.analysis.load.slo import of_context
from scripts.analysis.scaling import refuse_impossible
from scripts.analysis.table import (
    COLUMNS,
    FAILURE_COLUMNS,
    STATISTICS,
    Cell,
    Results,
    frame,
    joined,
    place,
    roles,
)
from scripts.analysis.text import LARGEST, SCHEMA, SECONDS, printable
from scripts.analysis.why.evidence import states
from scripts.analysis.why.stacks import stacks
from scripts.analysis.why.timeline import timelines


class BadResults(Exception):
    """A results file that cannot be used: which one, and what was found in it."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(printable(f"{path}: {what}"))
        self.path = path
        self.what = what


def results_file(path: Path) -> Path:
    """The results file that a user means: a run's directory stands for the results.json in it."""
    return path / "results.json" if path.is_dir() else path


def load(paths: Iterable[Path]) -> Results:
    """Reads results files (or runs' directories) into one table, impossible cells among the failures. Each is read once:
    a pipe cannot be read again. Raises BadResults on the first that cannot be used."""
    files = [results_file(Path(path)) for path in paths]
    read = [_Reader(path, index).results() for index, path in enumerate(files)]
    return refuse_impossible(
        Results(
            joined([one.table for one in read]),
            joined([one.failures for one in read]),
            [context for one in read for context in one.contexts],
            _labels(files),
            joined([one.cold for one in read]),
            [cells for one in read for cells in one.cells],
            [digest for one in read for digest in one.digests],
            files,
            states=[found for one in read for found in one.states],
            stacks=[found for one in read for found in one.stacks],
            timelines=[found for one in read for found in one.timelines],
            loads=[found for one in read for found in one.loads],
        )
    )


def whole(path: Path) -> tuple[Results, dict[str, Cell], list[dict[str, Any]]]:
    """One file, with all that it says of its cells, by name, and of those that failed. Raises BadResults."""
    reader = _Reader(results_file(path), 0)
    return refuse_impossible(reader.results()), reader.cells, reader.document["failures"]


def _labels(files: list[Path]) -> list[str]:
    """A run's directory or the file's stem, numbered where two are alike."""
    names = [path.resolve().parent.name if path.name == "results.json" else path.stem for path in files]
    return [
        f"{name} ({names[: i + 1].count(name)})" if names.count(name) > 1 else name
        for i, name in enumerate(names)
    ]


class _Reader:
    """Checks one file as it reads it."""

    def __init__(self, path: Path, index: int) -> None:
        self.path = path
        self.index = index
        self.digest = ""
        self.document = self._document()
        self.unit = unit(self.document["context"])
        self.cells = {str(cell["name"]): cell for cell in map(self._cell, enumerate(self.document["cells"]))}

    def results(self) -> Results:
        """The file by itself. Of its cells, what statistics ask for is kept: the document is many times as large."""
        samples = frame(self.samples(), COLUMNS | {"cold": bool})
        warm, cold = (samples[samples["cold"] == cold].drop(columns="cold") for cold in (False, True))
        failures = frame(self.failures(), FAILURE_COLUMNS)
        kept = {
            name: {key: cell[key] for key in STATISTICS if key in cell} for name, cell in self.cells.items()
        }
        cells: dict[str, Cell] = {name: cell for name, cell in kept.items() if cell}
        context = self.document["context"]
        made = Results(warm, failures, [context], [], cold, [cells], [self.digest])
        evidence = self.document.get("evidence", [])
        if not isinstance(evidence, list):
            self.fail("its evidence is no list")
        try:
            found, folded, lines = states(evidence), stacks(evidence), timelines(evidence, self.cells)
            pressed = loads(latencies(evidence), self.cells)
            of_context(context)  # what charts show is known to be whole
        except ValueError as error:
            self.fail(str(error))
        return replace(made, states=[found], stacks=[folded], timelines=[lines], loads=[pressed])

    def fail(self, what: str) -> NoReturn:
        raise BadResults(self.path, what)

    def _document(self) -> dict[str, Any]:
        try:
            data = self.path.read_bytes()
            self.digest = hashlib.sha256(data).hexdigest()
            text = data.decode()
            del data  # as large as the text
            document = dialects.read(text, self.path.stem)
        except OSError as error:
            self.fail(f"cannot be read ({error.strerror})")
        except Unusable as error:
            self.fail(str(error))
        except (ValueError, RecursionError) as error:
            self.fail(f"is not JSON, or torn ({error})")
        for key, kind in {"context": dict, "benchmarks": list, "failures": list}.items():
            if not isinstance(document, dict) or not isinstance(document.get(key), kind):
                self.fail(f"has no {key!r} ({kind.__name__}): not the results of fanout")
        if document.get("schema") != SCHEMA or not isinstance(document.get("cells"), list):
            self.fail(f"is not of schema {SCHEMA}: written by another version of fanout; measure again")
        return dict(document)

    def _cell(self, numbered: tuple[int, Any]) -> Cell:
        index, entry = numbered
        where = f"cells[{index}]"
        for key in ("name", "workload", "case", "executor", "contender", "family", "lifecycle"):
            entry[key] = sys.intern(self.text(where, entry, key))  # most are alike, and 100,000 would stay
        if self.whole(where, entry, "workers") < 1:
            self.fail(f"{where}: workers is 0")
        if entry.setdefault("scaling", "strong") not in ("strong", "weak"):
            self.fail(f"{where}: scaling is {entry['scaling']!r:.40}, neither strong nor weak")
        if entry["scaling"] == "weak" and not self.whole(where, entry, "work"):
            self.fail(f"{where}: work is 0")
        if not all(isinstance(entry.get(key, {}), dict) for key in ("parameters", "roles", "executor_roles")):
            self.fail(f"{where}: its parameters are no object")
        entry.setdefault("waits", False)
        if not isinstance(entry.get("baseline", False), bool):
            self.fail(f"{where}: baseline is neither true nor false")
        return cast(Cell, entry)

    def samples(self) -> Iterator[dict[str, Any]]:
        seen = set()
        entries = self.document["benchmarks"]
        for index, entry in enumerate(entries):
            entries[index] = None  # no longer needed, once it is a row
            where = f"benchmarks[{index}]"
            if self.text(where, entry, "run_type") == "aggregate":
                continue
            row = self._sample(where, entry)
            key = (entry["name"], row["round"])
            if key in seen:
                self.fail(f"{where}: {key[0]!r} has two samples in round {key[1]}")
            seen.add(key)
            yield row

    def _sample(self, where: str, entry: dict[str, Any]) -> dict[str, Any]:
        cell = self._named(where, entry)
        cold = cell["lifecycle"] == "cold"
        unit = self.text(where, entry, "time_unit")
        if unit not in SECONDS:
            self.fail(f"{where}: time_unit {unit!r} is none of {', '.join(SECONDS)}")
        real = self.number(where, entry, "real_time")
        if real == 0:
            self.fail(f"{where}: real_time is 0; a failed cell belongs in 'failures'")
        if self.whole(where, entry, "workers") != cell["workers"]:
            self.fail(f"{where}: workers is {entry['workers']}, its cell has {cell['workers']}")
        return {
            **place(self.index, cell),
            **roles(cell),
            "cold": cold,
            "rate": self.number(where, entry, "rate") if "rate" in entry else math.nan,
            # A cell that rested has more rounds behind it than samples. The binary by itself knows repetitions alone.
            "round": self.whole(where, entry, "round" if "round" in entry else "repetition_index"),
            "real": real * SECONDS[unit],
            "cpu": self.number(where, entry, "cpu_time") * SECONDS[unit],
            "run": self.number(where, entry, "run_time") if cold else math.nan,
            **self._batch(where, entry),
        }

    def _batch(self, where: str, entry: dict[str, Any]) -> dict[str, Any]:
        """What only batches of tasks have."""
        if self.unit != BATCH:
            return {"tasks": 0, "open": math.nan, "close": math.nan}
        times = {key: self.number(where, entry, f"{key}_time") for key in ("open", "close")}
        return {"tasks": self.whole(where, entry, "tasks"), **times}

    def failures(self) -> Iterator[dict[str, Any]]:
        for index, entry in enumerate(self.document["failures"]):
            where = f"failures[{index}]"
            cell = self._named(where, entry)
            kind, reason = (self.text(where, entry, key) for key in ("kind", "reason"))
            yield {**place(self.index, cell), "kind": kind, "reason": reason}

    def _named(self, where: str, entry: Any) -> Cell:
        name = self.text(where, entry, "name")
        if name not in self.cells:
            self.fail(f"{where}: name {name!r} is none of 'cells'")
        return self.cells[name]

    def value(self, where: str, entry: Any, key: str) -> Any:
        if not isinstance(entry, dict) or key not in entry:
            self.fail(f"{where} has no {key!r}")
        return entry[key]

    def text(self, where: str, entry: Any, key: str) -> str:
        value = self.value(where, entry, key)
        if not isinstance(value, str):
            self.fail(f"{where}: {key} is {value!r}, not text")
        return value

    def number(self, where: str, entry: Any, key: str) -> float:
        value = self.value(where, entry, key)
        if type(value) is float and 0 <= value < LARGEST:  # as nearly all are
            return value
        # A bool is an int in Python; an int may be too large for a float, and 1e999 reads as infinity.
        fits = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < LARGEST
        if not fits or not math.isfinite(value) or value < 0:
            self.fail(f"{where}: {key} is {value!r:.40}, not a finite number from 0 up")
        return float(value)

    def whole(self, where: str, entry: Any, key: str) -> int:
        """Google Benchmark writes counters as floating point: 2 arrives as 2.0."""
        number = self.number(where, entry, key)
        if not number.is_integer():
            self.fail(f"{where}: {key} is {number}, not a whole number")
        return int(number)
