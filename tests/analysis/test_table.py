import json
import math
import runpy
from pathlib import Path
from typing import Any

import pytest

from scripts.analysis.table import COLUMNS, BadResults, Cell, load, parse_name

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
    return {"context": {"seed": 1}, "benchmarks": [entry], "failures": [failure]}


def write(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_names() -> None:
    cell = parse_name("math/pool/workers:2/kernel:primes/tasks:8")
    assert cell == Cell(
        "math/pool/workers:2/kernel:primes/tasks:8", "math", "math/kernel:primes/tasks:8", "pool", 2
    )
    assert parse_name("x/y/workers:1").case == "x"


def test_names_with_an_axis_of_the_executor() -> None:
    """At its default it is the executor; anywhere else it is another contender."""
    usual = parse_name("sleep/coroutines/workers:1/in_flight:all/tasks:8")
    assert (usual.executor, usual.in_flight, usual.case) == ("coroutines", "all", "sleep/tasks:8")
    few = parse_name("sleep/coroutines/workers:1/in_flight:64/tasks:8")
    assert (few.executor, few.in_flight, few.case) == ("coroutines@64", "64", "sleep/tasks:8")
    message = parse_name("map/fork_pipe/workers:2/grain:1")
    assert (message.executor, message.in_flight, message.case) == ("fork_pipe@1", "", "map")


def test_cold_cells_are_apart(tmp_path: Path) -> None:
    made = document()
    cold = dict(made["benchmarks"][0], name="math/pool/workers:2/lifecycle:cold/kernel:primes", run_time=0.25)
    made["benchmarks"].append(cold)
    results = load([write(tmp_path / "a.json", made)])
    assert len(results.table) == len(results.cold) == 1
    assert results.cold.iloc[0]["case"] == results.table.iloc[0]["case"] == "math/kernel:primes"
    assert results.cold.iloc[0]["run"] == 0.25 and math.isnan(results.table.iloc[0]["run"])


@pytest.mark.parametrize(
    "name", ["", "math", "math/pool", "math/pool/workers:0", "math/pool/workers:2x", "/pool/workers:1"]
)
def test_names_of_another_shape(name: str) -> None:
    with pytest.raises(ValueError):
        parse_name(name)


def test_a_row_a_sample(tmp_path: Path) -> None:
    made = document()
    made["benchmarks"].append({"run_type": "aggregate", "name": "math/pool/workers:2/kernel:primes_median"})
    results = load([write(tmp_path / "a.json", made)])
    assert list(results.table.columns) == list(COLUMNS)
    assert len(results.table) == 1
    row = results.table.iloc[0].to_dict()
    assert row["real"] == pytest.approx(2e-6) and row["cpu"] == pytest.approx(3e-6)
    assert (row["case"], row["executor"], row["workers"], row["open"]) == (
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
    table = load([write(tmp_path / "a.json", {"context": {}, "benchmarks": [], "failures": []})]).table
    assert table.empty and list(table.columns) == list(COLUMNS) and table["workers"].dtype == "int64"


BROKEN: list[tuple[str, Any, str]] = [
    ("name", "math", "is not <workload>"),
    ("name", 7, "not text"),
    ("time_unit", "min", "time_unit 'min' is none of ns, us, ms, s"),
    ("real_time", 0, "real_time is 0"),
    ("real_time", -1, "not a finite number"),
    ("real_time", "2", "not a finite number"),
    ("real_time", True, "not a finite number"),
    ("real_time", None, "not a finite number"),
    ("cpu_time", 10**400, "not a finite number"),
    ("workers", 3, "workers is 3, its name says 2"),
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
