"""The evidence of the observer `states`, of cells as users run them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.conftest import Run

Json = dict[str, Any]
RESULTS = json.loads(Path(__file__).with_name("results.schema.json").read_text())
SCHEMA = {"$ref": "#/definitions/evidence", "definitions": RESULTS["definitions"]}
FORKED = "fork_each,fork_pool,fork_pipe"


def observed(bench: Run, *arguments: str) -> list[Json]:
    """The evidence, which keeps to the schema and adds up."""
    result = bench(*arguments, "--observe=states", "--benchmark_min_time=0.1", "--benchmark_format=json")
    document: Json = json.loads(result.stdout)
    assert document["failures"] == [] and document["benchmarks"] == []
    evidence: list[Json] = document["evidence"]
    for seen in evidence:
        jsonschema.validate(seen, SCHEMA)
        capacity = seen["workers"] * seen["seconds"]
        phases = sum(sum(time or 0 for time in phase.values()) for phase in seen["phases"].values())
        assert phases + seen["absent"] == pytest.approx(capacity, rel=1e-9)
    return evidence


def test_every_kind_of_worker_has_states_that_add_up(bench: Run) -> None:
    executors = f"serial,pool,std_thread,std_async,openmp_static,tbb,coroutines,{FORKED}"
    which = ("--workloads=spin", f"--executors={executors}", "--workers=2", "--lifecycle=both")
    evidence = observed(bench, *which, "--set=spin.tasks=40", "--set=spin.duration=100us")
    assert len(evidence) == 2 * (executors.count(",") + 1)
    for seen in evidence:
        assert seen["tasks"] == 40 * seen["batches"] and seen["bodies"]
        body = seen["phases"]["body"]
        assert body["running"] > 0.5 * seen["tasks"] * 100e-6, seen["cell"]
        assert 0 < seen["sampled"] <= 1


def test_short_tasks_are_sampled_and_their_bodies_known_all_the_same(bench: Run) -> None:
    for seen in observed(
        bench, "--workloads=spin", "--executors=pool,fork_pool", "--workers=1", "--set=spin.duration=10us"
    ):
        assert seen["tasks"] == 1000 * seen["batches"] and seen["sampled"] < 0.9
        assert seen["phases"]["body"]["running"] / seen["tasks"] == pytest.approx(10e-6, rel=0.4), seen[
            "cell"
        ]


def test_a_lock_around_all_of_the_work_blocks_bodies(bench: Run) -> None:
    work = (
        "--set=lock.inside=100",
        "--set=lock.work=100000",
        "--set=lock.sections=1",
        "--set=lock.tasks=200",
    )
    (seen,) = observed(bench, "--workloads=lock", "--executors=pool", "--workers=4", *work)
    capacity = seen["workers"] * seen["seconds"]
    body = seen["phases"]["body"]
    assert body["blocked"] > 0 and seen["switches"]["voluntary"] > 0
    assert body["running"] < 0.5 * capacity, "one at a time"
    assert body["blocked"] + (body["ready"] or 0) > 0.4 * capacity


def test_coroutines_stay_coroutines(bench: Run) -> None:
    which = (
        "--workloads=sleep",
        "--executors=coroutines",
        "--workers=1",
        "--set=sleep.tasks=50",
        "--set=sleep.duration=5ms",
    )
    (seen,) = observed(bench, *which)
    assert not seen["bodies"] and seen["seconds"] / seen["batches"] < 50 * 5e-3, "they wait at the same time"
    assert seen["tasks"] == 50 * seen["batches"] and seen["phases"]["between"]["blocked"] > 0


def test_counters_count_or_say_why_not(bench: Run) -> None:
    which = (
        "--workloads=spin",
        "--executors=pool,fork_pool,std_thread",
        "--workers=2",
        "--lifecycle=both",
        "--set=spin.tasks=40",
    )
    document = json.loads(bench(*which, "--observe=counters", "--benchmark_format=json").stdout)
    assert document["failures"] == [] and len(document["evidence"]) == 6
    for seen in document["evidence"]:
        jsonschema.validate(seen, SCHEMA)
        assert seen["tasks"] == 40 * seen["batches"]
        assert seen["counts"] is None or seen["counts"]["cycles"] > 0
