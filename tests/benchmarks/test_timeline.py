"""The observer `timeline`: its evidence, and the trace that it writes."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run

Event = dict[str, Any]
NUMBER = (int, float)
FIELDS: dict[str, dict[str, Any]] = {  # of an event, by phase: the Trace Event Format
    "X": {"name": str, "cat": str, "ts": NUMBER, "dur": NUMBER, "pid": int, "tid": int},
    "M": {"name": str, "pid": int, "tid": int, "args": dict},
    "C": {"name": str, "ts": NUMBER, "pid": int, "tid": int, "args": dict},
    "i": {"name": str, "ts": NUMBER, "pid": int, "tid": int, "s": str},
}


def tracks(trace: dict[str, Any]) -> dict[tuple[int, int], list[Event]]:
    """The slices by track, after a look at every event."""
    assert trace["displayTimeUnit"] in ("ms", "ns")
    found: dict[tuple[int, int], list[Event]] = {}
    named = set()
    for event in trace["traceEvents"]:
        for field, kind in FIELDS[event["ph"]].items():
            assert isinstance(event[field], kind), (field, event)
        track = event["pid"], event["tid"]
        if event["ph"] == "X":
            assert event["ts"] >= 0 and event["dur"] >= 0
            found.setdefault(track, []).append(event)
        elif event["name"] == "thread_name":
            named.add(track)
    assert found.keys() <= named
    for slices in found.values():
        for one, following in pairwise(sorted(slices, key=lambda event: float(event["ts"]))):
            assert one["ts"] + one["dur"] <= following["ts"] + 1e-4, (one, following)
    return found


def observed(
    bench: Run, path: Path, *which: str
) -> tuple[dict[str, Any], dict[tuple[int, int], list[Event]]]:
    """The evidence of one cell, and the tracks of its trace."""
    made = bench(*which, "--observe=timeline", f"--trace={path}", "--benchmark_format=json")
    assert made.returncode == 0, made.stderr
    document = json.loads(made.stdout)
    assert document["benchmarks"] == [] and document["failures"] == []
    (evidence,) = document["evidence"]
    assert evidence["file"] == str(path) and sorted(path.parent.iterdir()) == [path]
    return evidence, tracks(json.loads(path.read_text()))


@pytest.mark.parametrize("executor", ["pool", "std_thread", "openmp_static", "tbb", "fork_pool", "fork_each"])
def test_every_task_is_in_the_trace(bench: Run, tmp_path: Path, executor: str) -> None:
    which = [f"--executors={executor}", "--workers=2", "--workloads=math", "--set=math.tasks=30"]
    evidence, found = observed(bench, tmp_path / "trace.json", *which, "--benchmark_min_time=0.05")
    done = 30 * evidence["batches"]
    assert evidence["dropped"] == 0 and evidence["kept_batches"] == evidence["batches"]
    assert sum(track["tasks"] for track in evidence["tracks"]) == done
    tasks = [event for slices in found.values() for event in slices if event["cat"] == "task"]
    assert len(tasks) == evidence["events"]
    assert sum(event["args"]["last"] - event["args"]["first"] + 1 for event in tasks) == done
    assert {event["pid"] for event in tasks} >= {track["process"] for track in evidence["tracks"]}
    for track in evidence["tracks"]:
        assert 0 < track["busy"] <= evidence["seconds"] * 1.01
        assert track["states"] is None or track["states"]["ready"] >= 0


def test_a_million_tasks(bench: Run, tmp_path: Path) -> None:
    """More than there is room for: those of the end, in a file that is whole."""
    which = [
        "--workloads=overhead",
        "--executors=pool",
        "--workers=2",
        "--set=overhead.tasks=1000000",
    ]
    evidence, found = observed(bench, tmp_path / "trace.json", *which, "--benchmark_min_time=0.01")
    assert evidence["events"] + evidence["dropped"] == 1_000_000 * evidence["batches"]
    assert evidence["dropped"] > 0 and evidence["kept_batches"] == 0
    tasks = [event for slices in found.values() for event in slices if event["cat"] == "task"]
    assert len(tasks) == evidence["events"] > 1000
    assert sum(len(track["slices"]) for track in evidence["tracks"]) <= 2000, "to be drawn"


def test_the_excerpt_is_of_whole_batches(bench: Run, tmp_path: Path) -> None:
    which = ["--workloads=sleep", "--executors=pool", "--workers=2", "--set=sleep.tasks=6"]
    which += ["--set=sleep.duration=2ms", "--benchmark_min_time=0.05"]
    evidence, found = observed(bench, tmp_path / "trace.json", *which)
    assert len(evidence["begins"]) == 3 and evidence["begins"] == sorted(evidence["begins"])
    slices = [one for track in evidence["tracks"] for one in track["slices"]]
    assert sum(tasks for *_, tasks in slices) == 3 * 6
    assert min(begin for begin, *_ in slices) == evidence["begins"][0]
    assert all(0.002 <= end - begin < 1 for begin, end, *_ in slices)
    if evidence["reason"]:
        assert all(track["states"] is None for track in evidence["tracks"])
    else:
        states = [track["states"] for track in evidence["tracks"]]
        assert all(state["blocked"] > state["running"] for state in states), "they sleep"
        kinds = {kind for track in evidence["tracks"] for *_, kind in track["absences"]}
        assert "blocked" in kinds and kinds <= {"blocked", "ready"}


def test_a_trace_is_of_one_cell_and_goes_where_it_can_be_written(bench: Run, tmp_path: Path) -> None:
    which = ("--workloads=overhead", "--executors=serial,pool", "--workers=1", "--observe=timeline")
    several = bench(*which, f"--trace={tmp_path / 'trace.json'}")
    assert several.returncode == 2 and "takes one cell, not 2; see --dry-run" in several.stderr
    nowhere = bench(*which[:1], "--executors=serial", which[3], "--trace=/nowhere/trace.json")
    assert nowhere.returncode == 2
    assert nowhere.stderr.startswith("fanout-bench: --trace=/nowhere/trace.json: cannot write: ")
    other = bench(*which[:1], "--observe=states", "--trace=trace.json")
    assert other.returncode == 2 and "only with an observer that traces" in other.stderr
    assert list(tmp_path.iterdir()) == []


def test_people_see_the_begin_of_long_lists(bench: Run) -> None:
    shown = bench("--workloads=overhead", "--executors=pool", "--workers=1", "--observe=timeline").stdout
    assert shown.count("\n") < 200 and '"and 1996 more"' in shown


def test_without_a_file_there_is_evidence_all_the_same(bench: Run) -> None:
    which = (
        "--workloads=overhead,sleep",
        "--executors=serial,coroutines",
        "--workers=1",
        "--set=sleep.tasks=2",
    )
    seen = json.loads(
        bench(*which, "--observe=timeline", "--benchmark_format=json", "--benchmark_min_time=0.01").stdout
    )
    assert seen["failures"] == [] and len(seen["evidence"]) == 4
    assert {evidence["file"] for evidence in seen["evidence"]} == {None}
