"""The JSON, against its schema and the rules of Google Benchmark's consumers."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.conftest import Run

Json = dict[str, Any]
SCHEMA = json.loads(Path(__file__).with_name("results.schema.json").read_text())


@pytest.fixture
def results(bench: Run, tmp_path: Path) -> Json:
    """One batch of cells of every kind of executor, with repetitions and so with aggregates, and one failure."""
    out = tmp_path / "out.json"
    (tmp_path / "urls").write_text("http://127.0.0.1:9/refused\n")
    result = bench(
        "--workloads=overhead,spin,http",
        "--executors=serial,pool,fork_pool",
        "--workers=2",
        f"--set=http.urls={tmp_path / 'urls'}",
        "--benchmark_repetitions=3",
        f"--benchmark_out={out}",
    )
    assert result.returncode == 1, result.stderr

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not JSON")

    document: Json = json.loads(out.read_text(), parse_constant=refuse)
    return document


def test_results_follow_the_schema(results: Json) -> None:
    jsonschema.validate(results, SCHEMA)
    assert len(results["benchmarks"]) == 2 * 3 * (3 + 4)
    assert len(results["failures"]) == 3


def test_the_schema_can_fail(results: Json) -> None:
    def breakages() -> list[Json]:
        broken = [copy.deepcopy(results) for _ in range(5)]
        del broken[0]["benchmarks"][0]["cpu_time"]
        broken[1]["benchmarks"][0]["threads"] = 2
        broken[2]["benchmarks"][0]["real_time"] = None
        broken[3]["failures"][0]["kind"] = "bad luck"
        broken[4]["benchmarks"][0]["error_occurred"] = True
        return broken

    for document in breakages():
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(document, SCHEMA)


def test_failures_are_not_among_the_results(results: Json) -> None:
    failed = {failure["name"] for failure in results["failures"]}
    assert failed.isdisjoint(entry["run_name"] for entry in results["benchmarks"])
    for failure in results["failures"]:
        assert "http://127.0.0.1:9/refused" in failure["reason"]


def test_compare_py_can_read_it(results: Json) -> None:
    """What Google Benchmark's tools/compare.py asks of every entry: it crashes on missing or null times, groups by
    run_name or name, and takes only schema version 1."""
    assert results["context"].get("json_schema_version", 1) == 1
    for entry in results["benchmarks"]:
        assert isinstance(entry["real_time"], float) and isinstance(entry["cpu_time"], float)
        assert entry["time_unit"] == "us"
        if entry["run_type"] == "iteration":
            assert entry["name"] == entry["run_name"]
            assert 0 <= entry["repetition_index"] < entry["repetitions"] == 3
        else:
            assert entry["name"] == entry["run_name"] + "_" + entry["aggregate_name"]
        assert all(isinstance(value, (int, float, str)) for value in entry.values())
    names = {entry["name"] for entry in results["benchmarks"] if entry["run_type"] == "iteration"}
    assert not any(name.endswith(("process_time", "real_time")) for name in names)


def test_no_tasks_and_odd_bytes_are_still_json(bench: Run, tmp_path: Path) -> None:
    """A rate of nothing is no number, and a pattern need not be UTF-8."""
    out = tmp_path / "out.json"
    result = bench(
        "--workloads=overhead,search",
        "--executors=serial",
        "--set=overhead.tasks=0",
        "--set=search.size=100",
        b"--set=search.pattern=\xff",
        "--benchmark_repetitions=3",
        f"--benchmark_out={out}",
    )
    assert result.returncode == 0, result.stderr
    jsonschema.validate(json.loads(out.read_text()), SCHEMA)


def test_standard_output_can_have_the_same_json(bench: Run) -> None:
    result = bench("--workloads=overhead", "--executors=serial", "--benchmark_format=json")
    jsonschema.validate(json.loads(result.stdout), SCHEMA)


def test_what_is_under_way_at_once_is_a_number_beside_the_workers(bench: Run) -> None:
    flags = ("--workloads=sleep", "--set=sleep.tasks=6", "--set=sleep.duration=1ms", "--workers=2")
    flags += ("--executors=coroutines,pool", "--set=coroutines.in_flight=4,50,all")
    loops = bench(*flags, "--benchmark_format=json")
    found = {
        entry["name"].split("/")[3]: (entry["workers"], entry["at_once"])
        for entry in json.loads(loops.stdout)["benchmarks"]
    }
    assert found == {
        "in_flight:4": (2, 4),
        "in_flight:50": (2, 6),
        "in_flight:all": (2, 6),
        "tasks:6": (2, 2),
    }
