"""What the rounds of a cell at one rate say, and which cell to use."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from scripts.analysis.load.answer import choices
from scripts.analysis.load.latency import latencies
from scripts.analysis.load.loads import Load, loads
from scripts.analysis.load.slo import Slo
from scripts.analysis.results import BadResults, load
from tests.analysis.load.made import entry
from tests.cells import cell_of
from tests.scripts.fake_loaded import histogram


def name(executor: str, workers: int = 1) -> str:
    return f"sleep/{executor}/workers:{workers}/duration:1ms"


def found(*entries: dict[str, Any]) -> list[Load]:
    return loads(latencies(entries), {one["cell"]: cell_of(one["cell"]) for one in entries})


def rounds(cell: str, time: float, rate: float | None = 1000.0, **other: Any) -> list[dict[str, Any]]:
    return [entry(cell, [time] * 2000, rate, number, **other) for number in range(6)]


def test_rounds_are_together() -> None:
    (one,) = found(*rounds(name("pool"), 2e-3))
    assert (one.contender, one.workers, one.rate, one.as_json()["offered"]) == ("pool", 1, 1000.0, 12_000)
    assert one.percentiles[0.999] and one.percentiles[0.999].median == pytest.approx(2e-3, rel=0.01)
    assert one.queueing.mean == pytest.approx(1.9e-3) and one.service.mean == pytest.approx(1e-4)
    assert not one.over and one.late is None
    assert one.as_json()["percentiles"]["99"]["samples"] == 6


@pytest.mark.parametrize(
    ("throughput", "behind", "over"),
    [(900.0, 0.22, True), (985.0, 0.22, False), (900.0, 0.02, False)],
)
def test_over_capacity_is_less_done_and_a_queue_that_grows(
    throughput: float, behind: float, over: bool
) -> None:
    (one,) = found(*rounds(name("pool"), 2e-3, throughput=throughput, behind=behind))
    assert one.over == over


def test_one_slow_service_is_no_growing_queue() -> None:
    """A request of 0.5 s at the end of 2 s: less was done than offered, and nobody waited."""
    (one,) = found(*rounds(name("pool"), 0.5, service=0.5, throughput=800.0, behind=0.5))
    assert not one.over


def test_requests_that_were_given_up_never_ended() -> None:
    """The process waits for the end of its queue, but not for ever."""
    (one,) = found(*rounds(name("pool"), 2e-3, offered=2500, given_up=500))
    assert one.over and one.as_json()["given_up"] == 3000 and one.percentile(0.9) == math.inf
    assert one.percentile(0.5) == pytest.approx(2e-3, rel=0.01)


@pytest.mark.parametrize(("late", "spoils"), [(1e-6, False), (30e-6, True), (200e-6, True)])
def test_a_late_generator_is_told(late: float, spoils: bool) -> None:
    """Latencies are 2 ms: 1 % of them is 20 us."""
    (one,) = found(*rounds(name("pool"), 2e-3, lateness=histogram([late] * 2000)))
    assert (one.late is not None) == spoils
    assert not one.late or one.late[0] == 0.999 and one.late[1] == pytest.approx(late, rel=0.01)


def test_the_fewest_workers_that_are_as_good() -> None:
    entries = [
        *rounds(name("coroutines"), 2e-3),
        *rounds(name("coroutines", 4), 1.98e-3),
        *rounds(name("std_thread"), 50e-3),
        *rounds(name("std_thread", 26), 2.01e-3),
        *rounds(name("pool", 4), 9e-3),
    ]
    (one,) = choices(found(*entries))
    assert one.best and (one.best.contender, one.best.workers, one.share) == ("coroutines", 1, 0.99)
    needs = {need.contender: need.enough and need.enough.workers for need in one.needs}
    assert needs == {"std_thread": 26, "pool": None}


def test_a_limit_decides_where_there_is_one() -> None:
    entries = [*rounds(name("pool", 4), 2e-3), *rounds(name("serial"), 15e-3)]
    (one,) = choices(found(*entries), Slo(20e-3))
    assert one.best and one.best.contender == "serial" and one.needs[0].enough is not None
    (none,) = choices(found(*entries), Slo(1e-3))
    assert none.best is None and [need.enough for need in none.needs] == [None, None]


def test_what_is_over_its_capacity_or_drops_is_not_good() -> None:
    entries = [
        *rounds(name("pool"), 2e-3, throughput=700.0, behind=0.9),
        *rounds(name("serial"), 2e-3, dropped=400),
    ]
    (one,) = choices(found(*entries), Slo(20e-3))
    assert one.best is None


def test_the_closed_loop_has_no_choice() -> None:
    assert choices(found(*rounds(name("pool"), 2e-3, rate=None))) == []


CELLS = {name("pool"): cell_of(name("pool"))}
GOOD = entry(name("pool"), [1e-3] * 10)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"done": 7}, r"evidence\[0\]: 10 offered, 7 done, 0 not, 10 seen"),
        ({"version": 2}, "is of version 2, not 1: measure again"),
        ({"queue": None}, "queue: is None, not an object"),
        ({"rate": -1.0}, "rate is -1.0, not a finite number from 0 up"),
        ({"latency": {}}, "latency: has no 'bins'"),
        ({"lateness": GOOD["lateness"] | {"count": 9}}, "lateness: bins hold 10, not 9"),
        ({"cell": "sleep/none/workers:1"}, "'sleep/none/workers:1' is none of 'cells'"),
        ({"throughput": float("nan")}, "throughput is nan"),
        ({"offered": 10.5}, "offered is 10.5, not a whole number"),
    ],
)
def test_what_is_no_evidence_is_refused(wrong: dict[str, Any], said: str) -> None:
    assert len(loads(latencies([{"observer": "states"}, GOOD]), CELLS)) == 1
    with pytest.raises(ValueError, match=said):
        loads(latencies([GOOD | wrong]), CELLS)


@pytest.mark.parametrize("key", sorted(GOOD.keys() - {"observer", "round", "marks"}))
def test_what_is_missing_is_named(key: str) -> None:
    with pytest.raises(ValueError, match=rf"evidence\[0\]: has no '{key}'"):
        latencies([{other: value for other, value in GOOD.items() if other != key}])


@pytest.mark.parametrize("slo", [{"seconds": "x", "share": 0.9}, {"seconds": 1.0}, "20ms", [], False])
def test_results_with_a_torn_limit_are_refused(slo: Any, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    empty: dict[str, Any] = {"benchmarks": [], "failures": [], "cells": []}
    path.write_text(json.dumps(empty | {"schema": 2, "context": {"searched": False, "slo": slo}}))
    with pytest.raises(BadResults, match="its slo is .*, not seconds and a share"):
        load([path])
    path.write_text(json.dumps(empty | {"schema": 2, "context": {"slo": "of another tool"}}))
    assert load([path]).loads == [[]]
