"""Results files to one table: a row per sample (one fresh process), with the cells that failed beside it."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterable, NoReturn

import pandas as pd

SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
COLUMNS = {
    "file": int,
    "name": str,
    "workload": str,
    "case": str,
    "executor": str,
    "workers": int,
    "in_flight": str,  # "" where the executor has no such choice; "all", or a number
    "round": int,
    "real": float,  # seconds a batch
    "cpu": float,  # seconds a batch, of the process and its children
    "tasks": int,
    "open": float,  # seconds
    "run": float,  # seconds, of cold cells; NaN for warm ones
    "close": float,  # seconds
}
FAILURE_COLUMNS = {
    "file": int,
    "name": str,
    "workload": str,
    "case": str,
    "executor": str,
    "workers": int,
    "kind": str,
    "reason": str,
}
_NAME = re.compile(
    r"([^/]+)/([^/]+)/workers:([1-9][0-9]{0,8})"
    r"(?:/(in_flight|grain):([a-z0-9]+))?(?:/lifecycle:(cold))?(/.*)?",
    re.DOTALL,
)
_STANDARD = {"all", "auto"}  # of an executor's own axis


class BadResults(Exception):
    """A results file that cannot be used: which one, and what was found in it."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path}: {what}")
        self.path = path
        self.what = what


@dataclass(frozen=True)
class Cell:
    """What a cell's name says. The case is the workload with its parameters, without executor and workers.

    An executor that is not at the default of its own axis counts as another: "coroutines@64".
    """

    name: str
    workload: str
    case: str
    executor: str
    workers: int
    in_flight: str = ""
    cold: bool = False


def parse_name(name: str) -> Cell:
    """The parts of `<workload>/<executor>/workers:<k>/<param>:<value>/...`; raises ValueError on another
    shape."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"{name!r} is not <workload>/<executor>/workers:<k>/<param>:<value>...")
    workload, executor, workers, axis, extent, cold, parameters = match.groups()
    if axis and extent not in _STANDARD:
        executor = f"{executor}@{extent}"
    in_flight = extent if axis == "in_flight" else ""
    case = workload + (parameters or "")
    return Cell(name, workload, case, executor, int(workers), in_flight, bool(cold))


def _no_samples() -> pd.DataFrame:
    return frame([], COLUMNS)


@dataclass(frozen=True)
class Results:
    """What the files hold together; `file` in both tables indexes `contexts` and `labels`."""

    table: pd.DataFrame  # COLUMNS; warm cells
    failures: pd.DataFrame  # FAILURE_COLUMNS
    contexts: list[dict[str, Any]]
    labels: list[str]  # unlike each other, for people
    cold: pd.DataFrame = field(default_factory=_no_samples)  # COLUMNS; workers start and end within the clock
    worth: list[dict[str, dict[str, Any]]] = field(
        default_factory=list
    )  # by cell: what a run says of its samples


def results_file(path: Path) -> Path:
    """The results file that a user means: a run's directory stands for the results.json in it."""
    return path / "results.json" if path.is_dir() else path


def load(paths: Iterable[Path]) -> Results:
    """Reads results files (or runs' directories) into one table. Raises BadResults on the first that is no
    good."""
    files = [results_file(Path(path)) for path in paths]
    samples: list[dict[str, Any]] = []
    failures: list[dict[str, Any]] = []
    contexts: list[dict[str, Any]] = []
    worth = []
    for index, path in enumerate(files):
        reader = _Reader(path, index)
        document = reader.document()
        samples += reader.samples(document["benchmarks"])
        failures += reader.failures(document["failures"])
        contexts.append(document["context"])
        worth.append(reader.worth(document.get("cells", [])))
    warm = frame([row for row in samples if not row["cold"]], COLUMNS)
    cold = frame([row for row in samples if row["cold"]], COLUMNS)
    return Results(warm, frame(failures, FAILURE_COLUMNS), contexts, _labels(files), cold, worth)


def frame(rows: list[dict[str, Any]], columns: dict[str, type]) -> pd.DataFrame:
    """A table with these columns and types, without rows too."""
    types = {name: object if kind is str else kind for name, kind in columns.items()}
    return pd.DataFrame(rows, columns=list(columns)).astype(types)


def _labels(files: list[Path]) -> list[str]:
    """A run's directory or the file's stem, numbered where two are alike."""
    names = [path.resolve().parent.name if path.name == "results.json" else path.stem for path in files]
    return [
        f"{name} ({names[: i + 1].count(name)})" if names.count(name) > 1 else name
        for i, name in enumerate(names)
    ]


class _Reader:
    """Checks one file as it reads it; each complaint names the file and the place."""

    def __init__(self, path: Path, index: int) -> None:
        self.path = path
        self.index = index

    def fail(self, what: str) -> NoReturn:
        raise BadResults(self.path, what)

    def document(self) -> dict[str, Any]:
        def refuse(constant: str) -> NoReturn:
            raise ValueError(f"{constant} is not a JSON number")

        try:
            document = json.loads(self.path.read_text(encoding="utf-8"), parse_constant=refuse)
        except OSError as error:
            self.fail(f"cannot be read ({error.strerror})")
        except (ValueError, RecursionError) as error:
            self.fail(f"is not JSON, or torn ({error})")
        for key, kind in {"context": dict, "benchmarks": list, "failures": list}.items():
            if not isinstance(document, dict) or not isinstance(document.get(key), kind):
                self.fail(f"has no {key!r} ({kind.__name__}): not the results of fanout")
        return dict(document)

    def samples(self, entries: list[Any]) -> list[dict[str, Any]]:
        rows = []
        seen = set()
        for index, entry in enumerate(entries):
            where = f"benchmarks[{index}]"
            if self.text(where, entry, "run_type") == "aggregate":
                continue
            row = self.sample(where, entry)
            key = (entry["name"], row["round"])
            if key in seen:
                self.fail(f"{where}: {key[0]!r} has two samples in round {key[1]}")
            seen.add(key)
            rows.append(row)
        return rows

    def sample(self, where: str, entry: dict[str, Any]) -> dict[str, Any]:
        cell = self.cell(where, entry)
        unit = self.text(where, entry, "time_unit")
        if unit not in SECONDS:
            self.fail(f"{where}: time_unit {unit!r} is none of {', '.join(SECONDS)}")
        real = self.number(where, entry, "real_time")
        if real == 0:
            self.fail(f"{where}: real_time is 0; a failed cell belongs in 'failures'")
        if self.whole(where, entry, "workers") != cell.workers:
            self.fail(f"{where}: workers is {entry['workers']}, its name says {cell.workers}")
        return {
            "file": self.index,
            **vars(cell),
            # A cell that rested has more rounds behind it than samples. The binary by itself knows repetitions alone.
            "round": self.whole(where, entry, "round" if "round" in entry else "repetition_index"),
            "real": real * SECONDS[unit],
            "cpu": self.number(where, entry, "cpu_time") * SECONDS[unit],
            "tasks": self.whole(where, entry, "tasks"),
            "open": self.number(where, entry, "open_time"),
            "run": self.number(where, entry, "run_time") if cell.cold else math.nan,
            "close": self.number(where, entry, "close_time"),
        }

    def failures(self, entries: list[Any]) -> list[dict[str, Any]]:
        rows = []
        for index, entry in enumerate(entries):
            where = f"failures[{index}]"
            cell = self.cell(where, entry)
            kind, reason = (self.text(where, entry, key) for key in ("kind", "reason"))
            rows.append({"file": self.index, **vars(cell), "kind": kind, "reason": reason})
        return rows

    def worth(self, entries: Any) -> dict[str, dict[str, Any]]:
        """Absent where the binary wrote the file by itself."""
        if not isinstance(entries, list):
            self.fail("'cells' is no list")
        for index, entry in enumerate(entries):
            self.text(f"cells[{index}]", entry, "stop_reason")
        return {self.text(f"cells[{index}]", entry, "name"): entry for index, entry in enumerate(entries)}

    def cell(self, where: str, entry: Any) -> Cell:
        try:
            return parse_name(self.text(where, entry, "name"))
        except ValueError as error:
            self.fail(f"{where}: name {error}")

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
        # A bool is an int in Python; an int may be too large for a float, and 1e999 reads as infinity.
        fits = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 2**63
        if not fits or not math.isfinite(value) or value < 0:
            self.fail(f"{where}: {key} is {value!r:.40}, not a finite number from 0 up")
        return float(value)

    def whole(self, where: str, entry: Any, key: str) -> int:
        """Google Benchmark writes counters as floating point: 2 arrives as 2.0."""
        number = self.number(where, entry, key)
        if not number.is_integer():
            self.fail(f"{where}: {key} is {number}, not a whole number")
        return int(number)
