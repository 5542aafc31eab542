"""Files that Google Benchmark wrote, of versions old and new, as results."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from scripts.analysis.comparable import one_process, unit
from scripts.analysis.results import BadResults, load
from scripts.analysis.table import Results

Json = dict[str, Any]
CONTEXT = {"executable": "./build/sorts", "num_cpus": 8, "library_build_type": "release"}


def entry(name: str, **more: Any) -> Json:
    plain = {"name": name, "run_name": name, "run_type": "iteration", "repetition_index": 0, "threads": 1}
    return plain | {"iterations": 9, "real_time": 2.0, "cpu_time": 1.0, "time_unit": "us"} | more


def aggregate(name: str, kind: str, **more: Any) -> Json:
    return entry(f"{name}_{kind}", run_name=name, run_type="aggregate", aggregate_name=kind) | more


def read(folder: Path, entries: list[Json], context: Json = {}) -> Results:
    path = folder / "file.json"
    path.write_text(json.dumps({"context": CONTEXT | context, "benchmarks": entries}))
    return load([path])


def test_repetitions_are_rounds_of_one_process(tmp_path: Path) -> None:
    repetitions = [entry("sort/8", repetition_index=index, real_time=2.0 + index) for index in range(3)]
    results = read(tmp_path, [*repetitions, aggregate("sort/8", "mean"), aggregate("sort/8", "stddev")])
    assert results.table["round"].tolist() == [0, 1, 2]
    assert results.table["real"].tolist() == pytest.approx([2e-6, 3e-6, 4e-6])
    assert results.table["contender"].tolist() == ["sorts"] * 3 and results.table["tasks"].tolist() == [0] * 3
    assert one_process(results.contexts[0]) and unit(results.contexts[0]) == "iteration"
    assert math.isnan(results.table["open"][0]) and results.contexts[0]["effective_cpus"] == 8


@pytest.mark.parametrize(("unit", "seconds"), {"ns": 2e-9, "us": 2e-6, "ms": 2e-3, "s": 2.0}.items())
def test_times_have_units(tmp_path: Path, unit: str, seconds: float) -> None:
    assert read(tmp_path, [entry("sort", time_unit=unit)]).table["real"][0] == pytest.approx(seconds)


def test_what_was_made_of_repetitions_is_no_sample(tmp_path: Path) -> None:
    made = [
        {
            "name": "sort_BigO",
            "run_type": "aggregate",
            "aggregate_name": "BigO",
            "cpu_coefficient": 1.0,
            "big_o": "N",
        },
        {"name": "sort_RMS", "run_type": "aggregate", "aggregate_name": "RMS", "rms": 0.1},
        aggregate("sort/8", "cv", real_time=0.1, aggregate_unit="percentage"),
    ]
    assert read(tmp_path, [entry("sort/8"), *made]).table["name"].tolist() == ["sort/8"]


def test_old_libraries_say_it_by_the_name_alone(tmp_path: Path) -> None:
    def old(name: str, **more: Any) -> Json:
        return {"name": name, "iterations": 9, "real_time": 2.0, "cpu_time": 1.0, "time_unit": "ns"} | more

    rows = [old("sort"), old("sort"), *(old(f"sort_{kind}") for kind in ("mean", "median", "stddev"))]
    rows += [
        old("arithmetic_mean"),
        {"name": "sort_BigO", "cpu_coefficient": 1.0},
        {"name": "sort_RMS", "rms": 1},
    ]
    table = read(tmp_path, rows).table
    assert list(zip(table["name"], table["round"])) == [("sort", 0), ("sort", 1), ("arithmetic_mean", 0)]


def test_aggregates_alone_name_the_flag(tmp_path: Path) -> None:
    with pytest.raises(
        BadResults, match="file.json: has aggregates alone: measure with --benchmark_repetitions"
    ):
        read(tmp_path, [aggregate("sort", "mean"), aggregate("sort", "median")])
    results = read(tmp_path, [entry("other"), aggregate("sort", "mean"), aggregate("sort", "median")])
    assert results.table["name"].tolist() == ["other"] and results.failures["name"].tolist() == ["sort"]


def test_a_benchmark_that_failed_is_a_failure(tmp_path: Path) -> None:
    rows = [
        entry("sort", error_occurred=True, error_message="no input", real_time=0.0),
        entry("sort", repetition_index=1),
        entry("merge", skipped=True, skip_message="no AVX", real_time=0.0),
        entry("heap"),
    ]
    results = read(tmp_path, rows)
    failed = results.failures
    assert list(zip(failed["name"], failed["kind"], failed["reason"])) == [
        ("sort", "error", "no input"),
        ("merge", "unavailable", "no AVX"),
    ]
    assert results.table["name"].tolist() == ["heap"]


@pytest.mark.parametrize(("version", "real"), {"v1.8.5": 2e-6, "v1.9.0": 5e-7, "1.9.4": 5e-7}.items())
def test_threads_share_the_iterations(tmp_path: Path, version: str, real: float) -> None:
    rows = [entry(f"sort/threads:{count}", threads=count) for count in (1, 4)]
    table = read(tmp_path, rows, {"library_version": version}).table
    assert table["real"].tolist() == pytest.approx([2e-6, real])
    assert table["workers"].tolist() == [1, 4] and table["baseline"].tolist() == [True, False]


def test_counters_take_no_name_of_fanouts(tmp_path: Path) -> None:
    counters = {"tasks": 1.5, "rate": -3.0, "round": 0.5, "workers": 7}
    table = read(tmp_path, [entry("sort", **counters)], {"rounds": "many"}).table
    assert (
        table["workers"].tolist() == [1] and math.isnan(table["rate"][0]) and table["round"].tolist() == [0]
    )


def test_a_counter_that_is_no_number_does_not_tear_the_file(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    text = json.dumps({"context": CONTEXT, "benchmarks": [entry("sort", ratio=math.nan, share=-math.inf)]})
    path.write_text(text)
    assert "NaN" in text and load([path]).table["name"].tolist() == ["sort"]
    path.write_text(
        '{"schema": 2, "context": {}, "benchmarks": [], "failures": [], "cells": [], "more": NaN}'
    )
    with pytest.raises(BadResults, match="NaN is not a JSON number"):
        load([path])


@pytest.mark.parametrize("rows", [[7], [{}], [{"name": 7}], [None]])
def test_entries_of_another_shape_are_refused(tmp_path: Path, rows: list[Any]) -> None:
    with pytest.raises(BadResults, match=r"benchmarks\[0\] has no name"):
        read(tmp_path, rows)


def test_files_of_two_programs_stand_side_by_side(tmp_path: Path) -> None:
    for name in ("old", "new"):
        made = {"context": {}, "benchmarks": [entry("sort")]}
        (tmp_path / f"{name}.json").write_text(json.dumps(made))
    results = load([tmp_path / "old.json", tmp_path / "new.json"])
    assert results.labels == ["old", "new"] and results.table["contender"].tolist() == ["old", "new"]


@pytest.mark.parametrize(
    ("name", "cpu", "possible"),
    [
        ("sort/threads:16", 23.0, True),
        ("sort/threads:16", 25.0, False),
        ("sort/manual_time/threads:16", 25.0, True),
    ],
)
def test_threads_that_ran_one_after_the_other_have_no_time(
    tmp_path: Path, name: str, cpu: float, possible: bool
) -> None:
    results = read(tmp_path, [entry("other"), entry(name, threads=16, cpu_time=cpu)])
    assert (name in set(results.table["name"])) == possible
    if not possible:
        (failed,) = results.failures.to_dict("records")
        assert failed["kind"] == "impossible" and "12 CPUs' time of 8" in failed["reason"]
