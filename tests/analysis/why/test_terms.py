"""In which term of the waterfall a time belongs."""

from __future__ import annotations

import math
from typing import Any

import pytest

from scripts.analysis.why.waterfall import (
    BLOCKED,
    DEARER,
    IMBALANCE,
    READY,
    SPINNING,
    STARTING,
    STARVED,
    waterfall,
)
from tests.analysis.why.builder import TASK, cell, entry, read, serial, share


def test_work_that_waits_is_held_to_its_wall() -> None:
    """Tasks sleep for 1 ms; twice as long in the cell, and a tenth of the time is waiting for tasks."""
    wait = TASK * 1000
    base = read(entry("sleep/serial/workers:1", 1, {"body": (0.01, 0.0, wait - 0.01)}))
    body = {"body": (0.02, 0.0, 2 * wait - 0.02), "between": (0.0, 0.0, 2 * wait / 9)}
    found = waterfall(read(entry(workers=4, phases=body)), base)
    assert found.useful == "wall"
    assert found.term(DEARER).log.median == pytest.approx(math.log(2))
    assert found.term(STARVED).log.median == pytest.approx(math.log(10 / 9))
    assert found.term(BLOCKED).log.median == 0
    assert waterfall(read(cell()), serial()).useful == "cpu"


def test_spinning_before_and_after_takes_a_cpu_where_there_are_too_few() -> None:
    phases = {"start": (0.25, 0.0, 0.0), "body": (1.0, 0.0, 0.0), "tail": (0.75, 0.0, 0.0)}
    enough = waterfall(read(entry(phases=phases)), serial())
    assert share(enough, STARTING) == pytest.approx(1 / 4)
    assert share(enough, IMBALANCE) == pytest.approx(3 / 4)
    few = entry(phases=phases)
    few["system"]["cpus"] = 2.0
    found = waterfall(read(few), serial())
    assert found.term(SPINNING).log.median == pytest.approx(math.log(2))
    assert found.term(STARTING).log.median == found.term(IMBALANCE).log.median == 0
    born = waterfall(read({**few, "seen": 20}), serial())
    assert born.term(STARTING).log.median == pytest.approx(math.log(2 / 1.75)), "new ones in each batch start"
    assert born.term(SPINNING).log.median == pytest.approx(math.log(1.75))


def test_who_had_no_task_is_imbalance_and_who_did_not_exist_is_starting() -> None:
    """Four workers, of which 1.4 on average were absent."""
    absent: dict[str, Any] = {"phases": {"body": (1.0, 0.0, 0.0)}, "seconds": 1 / 2.6}
    for seen, name in ((4, IMBALANCE), (3, IMBALANCE), (20, STARTING)):
        assert share(waterfall(read(entry(seen=seen, **absent)), serial()), name) == pytest.approx(1), seen
    many: dict[str, Any] = {"batches": 100, "tasks": 1000, "seen": 7}
    base = read(entry("w/serial/workers:1", 1, {"body": (1.0, 0.0, 0.0)}, batches=100, tasks=1000))
    assert share(waterfall(read(entry(**absent, **many)), base), IMBALANCE) == pytest.approx(
        1
    ), "a pool's that take turns"
    base = read(entry("w/serial/workers:1", 1, {"body": (1.0, 0.0, 0.0)}, batches=1, tasks=3))
    one = waterfall(read(entry(**absent, batches=1, tasks=3)), base)
    assert share(one, IMBALANCE) == pytest.approx(1 / 1.4, abs=0.01), "three tasks keep one of four idle"
    assert share(one, STARTING) == pytest.approx(0.4 / 1.4, abs=0.01)
    more = waterfall(read(entry(phases={"body": (4.4, 0.0, 0.0)}, seconds=1.0, seen=9)), serial())
    assert more.efficiency.median > 0, "more time than there was is no reason to fail"


def test_who_had_no_task_while_all_cpus_were_busy_waited_for_one() -> None:
    """Of 4 workers on 2 CPUs two compute, and the others get no CPU before the batch is over."""
    found = entry(phases={"body": (1.0, 0.0, 0.0)}, seconds=0.5)
    found["system"] |= {"cpus": 2.0}
    assert share(waterfall(read(found), serial()), READY) == pytest.approx(1)
    others = entry(phases={"body": (1.0, 0.0, 0.0)}, seconds=0.5)
    others["system"] |= {"busy": 1.9}
    assert share(waterfall(read(others), serial()), READY) == pytest.approx(1), "others use the CPUs"
    for cpus, busy in ((4.0, 1.0), (4.0, None), (None, 1.9)):
        others["system"] |= {"cpus": cpus, "busy": busy}
        assert share(waterfall(read(others), serial()), IMBALANCE) == pytest.approx(1), "as far as is known"
    few = {"batches": 5, "tasks": 10}
    base = read(entry("w/serial/workers:1", 1, {"body": (1.0, 0.0, 0.0)}, batches=5, tasks=10))
    assert share(waterfall(read({**found, **few}), base), IMBALANCE) == pytest.approx(1), "two tasks a batch"


def test_who_had_no_task_and_used_a_cpu_has_spun() -> None:
    """Of 4 workers two compute, and the others spin: which is mere waiting where there are 4 CPUs."""
    found = entry(phases={"body": (1.0, 0.0, 0.0)}, seconds=0.5)
    found["system"] |= {"own": 2.0, "busy": 2.0}
    assert share(waterfall(read(found), serial()), IMBALANCE) == pytest.approx(1)
    found["system"] |= {"cpus": 3.0}
    assert share(waterfall(read(found), serial()), SPINNING) == pytest.approx(1)
    found["system"] |= {"own": 1.5}
    told = waterfall(read(found), serial())
    assert told.term(SPINNING).log.median == pytest.approx(math.log(1.5))
    assert told.term(READY).log.median == pytest.approx(math.log(2 / 1.5))


def test_what_a_hypervisor_stole_is_waiting_for_a_cpu() -> None:
    """Half of the machine's CPU time was ours, so half of 0.4 s; the other 0.1 s are blocked."""
    found = entry(phases={"body": (1.0, 0.0, 0.3)})
    found["system"] |= {"steal": 0.4, "busy": 2.0, "own": 1.0}
    told = waterfall(read(found), serial())
    assert share(told, READY) == pytest.approx(2 / 3) and share(told, BLOCKED) == pytest.approx(1 / 3)
    found["system"] |= {"steal": 40.0}
    assert share(waterfall(read(found), serial()), READY) == pytest.approx(1), "no more than there is"
    found["system"] |= {"busy": None}
    assert share(waterfall(read(found), serial()), BLOCKED) == pytest.approx(1)


def test_coroutines_cannot_tell_spinning_from_work() -> None:
    loop = entry(phases={"between": (1.5, 0.0, 0.5)}, bodies=False)
    found = waterfall(read(loop), serial())
    assert not found.bodies and found.term(SPINNING).log.median == 0
    assert found.term(DEARER).log.median == pytest.approx(math.log(1.5))
    assert found.term(STARVED).log.median == pytest.approx(math.log(2 / 1.5))
    waiting = entry("w/loop/workers:1", 1, {"between": (0.1, 0.0, 0.9)}, bodies=False)
    assert waterfall(read(waiting), read(waiting)).useful == "wall"


def test_bodies_without_cpu_time_cannot_be_told_apart() -> None:
    """Tasks shorter than any clock: u is 0, and has no logarithm."""
    nothing = entry(phases={"body": (0.0, 0.0, 0.0), "between": (2.0, 0.0, 0.0)})
    found = waterfall(read(nothing), serial())
    assert not found.bodies and found.loss.median == pytest.approx(math.log(2))


def test_without_ready_time_it_is_among_the_blocked() -> None:
    times = {"running": 1.0, "ready": None, "blocked": 1.0}
    found = entry(phases={"body": (1.0, 0.0, 1.0)}, source="cpu", reason="no schedstat")
    found["phases"] = {name: {**each, "ready": None} for name, each in found["phases"].items()}
    found["phases"]["body"] = times
    told = waterfall(read(found), serial())
    assert not told.ready and share(told, BLOCKED) == pytest.approx(1) and told.term(READY).log.median == 0
    mixed = waterfall(read(entry(phases={"body": (1.0, 1.0, 0.0)})), read({**found, "cell": "b"}))
    assert not mixed.ready and mixed.term(READY).log.median == 0
