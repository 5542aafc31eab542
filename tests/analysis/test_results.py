import json
import math
import runpy
from pathlib import Path
from typing import Any

import pytest

from scripts.analysis.results import BadResults, load
from scripts.analysis.table import COLUMNS
from tests.cells import cell_of

DATA = Path(__file__).parents[1] / "data"


def document() -> dict[str, Any]:
    entry = {
        "name": "math/pool/workers:2/kernel:primes",
        "run_type": "iteration",
        "repetition_index": 0,
        "real_time": 2.0,
        "cpu_time": 3.0,
        "time_unit": "us",
        "workers": 2.0,
        "tasks": 8,
        "open_time": 0.001,
        "close_time": 0.002,
    }
    failure = {"name": "math/tbb/workers:4/kernel:primes", "kind": "crash", "reason": "SIGSEGV"}
    names = ("math/pool/workers:2/kernel:primes", "math/tbb/workers:4/kernel:primes")
    cells = list(map(cell_of, names))
    return {"schema": 2, "context": {"seed": 1}, "benchmarks": [entry], "failures": [failure], "cells": cells}


def write(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_what_statistics_ask_for_comes_from_the_roles_of_parameters(tmp_path: Path) -> None:
    names = [
        "sleep/coroutines/workers:1/in_flight:all/tasks:8/duration:5ms",
        "sleep/coroutines/workers:1/in_flight:64/tasks:8/duration:5ms",
        "spin/pool/workers:1/tasks:8/duration:10us",
    ]
    made = document()
    made["benchmarks"] = [{**made["benchmarks"][0], "name": name, "workers": 1} for name in names]
    made["cells"] += map(cell_of, names)
    rows = load([write(tmp_path / "a.json", made)]).table.to_dict("records")
    assert [row["contender"] for row in rows] == ["coroutines", "coroutines@64", "pool"]
    assert [row["in_flight"] for row in rows[:2]] == [math.inf, 64] and math.isnan(rows[2]["in_flight"])
    assert math.isnan(rows[0]["duration"]), "who waits does not compute"
    assert (rows[2]["duration"], rows[2]["sweep"]) == (pytest.approx(1e-5), "spin/tasks:8")


def test_cold_cells_are_apart(tmp_path: Path) -> None:
    made = document()
    cold = dict(made["benchmarks"][0], name="math/pool/workers:2/lifecycle:cold/kernel:primes", run_time=0.25)
    made["benchmarks"].append(cold)
    made["cells"].append(cell_of(cold["name"]))
    results = load([write(tmp_path / "a.json", made)])
    assert len(results.table) == len(results.cold) == 1
    assert results.cold.iloc[0]["case"] == results.table.iloc[0]["case"] == "math/kernel:primes"
    assert results.cold.iloc[0]["run"] == 0.25 and math.isnan(results.table.iloc[0]["run"])


@pytest.mark.parametrize(
    ("key", "value"), [("contender", None), ("workers", "2"), ("case", 3), ("roles", []), ("lifecycle", None)]
)
def test_a_cell_of_another_shape(tmp_path: Path, key: str, value: Any) -> None:
    made = document()
    made["cells"][1][key] = value
    with pytest.raises(BadResults, match=r"cells\[1\]"):
        load([write(tmp_path / "a.json", made)])


@pytest.mark.parametrize("change", [{"schema": 1}, {"schema": None}, {"cells": None}])
def test_results_of_another_version_are_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(BadResults, match="another version of fanout; measure again"):
        load([write(tmp_path / "a.json", document() | change)])


def test_a_row_a_sample(tmp_path: Path) -> None:
    made = document()
    made["benchmarks"].append({"run_type": "aggregate", "name": "math/pool/workers:2/kernel:primes_median"})
    results = load([write(tmp_path / "a.json", made)])
    assert list(results.table.columns) == list(COLUMNS)
    assert len(results.table) == 1
    row = results.table.iloc[0].to_dict()
    assert row["real"] == pytest.approx(2e-6) and row["cpu"] == pytest.approx(3e-6)
    assert (row["case"], row["contender"], row["workers"], row["open"]) == (
        "math/kernel:primes",
        "pool",
        2,
        0.001,
    )
    assert results.failures.iloc[0].to_dict()["reason"] == "SIGSEGV"
    assert results.contexts == [{"seed": 1}]


@pytest.mark.parametrize("unit, seconds", [("ns", 2e-9), ("us", 2e-6), ("ms", 2e-3), ("s", 2.0)])
def test_units(tmp_path: Path, unit: str, seconds: float) -> None:
    made = document()
    made["benchmarks"][0]["time_unit"] = unit
    assert load([write(tmp_path / "a.json", made)]).table["real"][0] == pytest.approx(seconds)


def test_labels_tell_files_apart(tmp_path: Path) -> None:
    for run in ("monday", "tuesday"):
        (tmp_path / run).mkdir()
        write(tmp_path / run / "results.json", document())
    write(tmp_path / "old.json", document())
    paths = [
        tmp_path / "monday",
        tmp_path / "tuesday" / "results.json",
        tmp_path / "old.json",
        tmp_path / "monday",
    ]
    results = load(paths)
    assert results.labels == ["monday (1)", "tuesday", "old", "monday (2)"]
    assert list(results.table["file"]) == [0, 1, 2, 3]


def test_a_file_without_a_number_has_a_table(tmp_path: Path) -> None:
    table = load([write(tmp_path / "a.json", document() | {"benchmarks": [], "failures": []})]).table
    assert table.empty and list(table.columns) == list(COLUMNS) and table["workers"].dtype == "int64"


BROKEN: list[tuple[str, Any, str]] = [
    ("name", "math", "name 'math' is none of 'cells'"),
    ("name", 7, "not text"),
    ("time_unit", "min", "time_unit 'min' is none of ns, us, ms, s"),
    ("real_time", 0, "real_time is 0"),
    ("real_time", -1, "not a finite number"),
    ("real_time", "2", "not a finite number"),
    ("real_time", True, "not a finite number"),
    ("real_time", None, "not a finite number"),
    ("cpu_time", 10**400, "not a finite number"),
    ("workers", 3, "workers is 3, its cell has 2"),
    ("workers", 2.5, "not a whole number"),
    ("repetition_index", -1, "not a finite number"),
]


@pytest.mark.parametrize("key, value, what", BROKEN)
def test_a_bad_value_is_named(tmp_path: Path, key: str, value: Any, what: str) -> None:
    made = document()
    made["benchmarks"][0][key] = value
    path = write(tmp_path / "a.json", made)
    with pytest.raises(BadResults) as caught:
        load([path])
    assert caught.value.path == path and "benchmarks[0]" in caught.value.what and what in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", sorted(document()["benchmarks"][0]))
def test_a_missing_key_is_named(tmp_path: Path, key: str) -> None:
    made = document()
    del made["benchmarks"][0][key]
    with pytest.raises(BadResults, match=rf"benchmarks\[0\] has no '{key}'"):
        load([write(tmp_path / "a.json", made)])


@pytest.mark.parametrize("key", ["context", "benchmarks", "failures"])
def test_a_missing_part_is_named(tmp_path: Path, key: str) -> None:
    made = document()
    del made[key]
    with pytest.raises(BadResults, match=f"has no '{key}'"):
        load([write(tmp_path / "a.json", made)])


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none(tmp_path: Path, number: str) -> None:
    text = json.dumps(document()).replace('"real_time": 2.0', f'"real_time": {number}')
    assert number in text
    with pytest.raises(BadResults, match="not a (JSON|finite) number"):
        load([write(tmp_path / "a.json", text)])


@pytest.mark.parametrize("keep", [0, 1, 10, 200, -1])
def test_torn_files(tmp_path: Path, keep: int) -> None:
    with pytest.raises(BadResults, match="not JSON, or torn"):
        load([write(tmp_path / "a.json", json.dumps(document())[:keep])])


@pytest.mark.parametrize("text", ["[]", "7", "null", '{"context": [], "benchmarks": [], "failures": []}'])
def test_other_json(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadResults, match="not the results of fanout"):
        load([write(tmp_path / "a.json", text)])


def test_other_files(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(BadResults, match="not JSON"):
        load([tmp_path / "a.json"])
    with pytest.raises(BadResults, match="cannot be read"):
        load([tmp_path / "absent.json"])
    with pytest.raises(BadResults, match="results.json: cannot be read"):
        load([tmp_path])


def test_two_samples_of_one_round(tmp_path: Path) -> None:
    made = document()
    made["benchmarks"] *= 2
    with pytest.raises(BadResults, match="two samples in round 0"):
        load([write(tmp_path / "a.json", made)])


def test_a_bad_failure(tmp_path: Path) -> None:
    made = document()
    del made["failures"][0]["reason"]
    with pytest.raises(BadResults, match=r"failures\[0\] has no 'reason'"):
        load([write(tmp_path / "a.json", made)])


def test_the_samples_in_the_tree_are_what_their_script_makes(tmp_path: Path) -> None:
    make = runpy.run_path(str(DATA / "make.py"))
    make["write"](tmp_path / "again.json", make["results"](list(make["CASES"]), "abc1234", {}))
    assert (tmp_path / "again.json").read_bytes() == (DATA / "two_cpus.json").read_bytes()


def test_no_number_may_be_none_even_where_nobody_reads_it(tmp_path: Path) -> None:
    made = document()
    made["context"]["load_avg"] = [float("nan")]
    with pytest.raises(BadResults, match="NaN is not a JSON number"):
        load([write(tmp_path / "a.json", made)])
