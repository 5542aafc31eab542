"""Which cells a run still measures."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping

import pytest

from scripts.analysis.stopping import Stopping
from scripts.measuring.catalogue import Cell
from scripts.measuring.plan import by_case
from scripts.measuring.progress import progress
from scripts.measuring.results import Measured, Sample
from scripts.measuring.running.contest import stop_reasons, undecided
from scripts.measuring.schedule import Turn
from tests.scripts.test_run_results import cell

RULE = Stopping(0.02, 40, every=False)
SLOW = [f"math/{name}/workers:1" for name in ("serial", "pool", "tbb", "openmp", "par", "futures")]
FAST = [f"math/{name}/workers:2" for name in ("pool", "tbb", "openmp", "par", "futures")]
TRUTH = dict.fromkeys(SLOW, 2.0) | dict.fromkeys(FAST, 1.2) | {FAST[0]: 1.0}


def ran(truth: Mapping[str, float], rule: Stopping = RULE) -> tuple[Measured, list[Cell]]:
    """A run over made-up times that scatter by 0.5 %."""
    noise, measured = random.Random(1), Measured()
    cells = [cell(name) for name in truth]
    number = 0
    while wanted := undecided(by_case(cells), number, rule, measured):
        for one in cells:
            if one.name in wanted:
                time = truth[one.name] * noise.lognormvariate(0, 0.005)
                entry = {"name": one.name, "real_time": time, "cpu_time": time, "time_unit": "s"}
                measured.take(Sample(Turn(one, "", number, 0, 0), [entry]))
        number += 1
    return measured, cells


def taken(measured: Measured) -> dict[str, int]:
    return {name: len(samples) for name, samples in measured.samples.items()}


def test_time_goes_to_what_the_answer_stands_on() -> None:
    measured, cells = ran(TRUTH)
    found = taken(measured)
    assert found[FAST[0]] == found[SLOW[0]] == 10, "the best and the serial loop are precise"
    assert all(found[name] <= 5 for name in SLOW[1:]) and all(found[name] <= 7 for name in FAST[1:])
    reasons = stop_reasons(cells, RULE, "max_time", measured)
    assert Counter(reasons.values()) == {"behind": 10, "precise": 1} | Counter({"precise": 1})
    assert {reasons[name] for name in SLOW} == {"behind"} and reasons[FAST[0]] == "precise"


def test_all_of_them_where_all_are_to_be_precise() -> None:
    measured, cells = ran(TRUTH, Stopping(0.02, 40))
    assert set(taken(measured).values()) == {10}
    assert set(stop_reasons(cells, Stopping(0.02, 40), "max_time", measured).values()) == {"precise"}


def test_a_sweep_of_durations_is_no_contest() -> None:
    truth = {
        f"spin/{name}/duration:{size}us": value
        for size in (1, 8)
        for name, value in (("pool", 1.0), ("tbb", 3.0))
    }
    assert set(taken(ran(truth)[0]).values()) == {10}


def test_cases_end_apart_and_failures_take_no_part() -> None:
    other = {name.replace("math", "search"): time for name, time in TRUTH.items()}
    measured, cells = ran(TRUTH | other)
    assert sum(taken(measured).values()) < 12 * len(cells)
    measured = Measured()
    one, two = cell(FAST[0]), cell(FAST[1])
    measured.take(Sample(Turn(one, "", 0, 0, 0), failure={"name": one.name, "kind": "crash", "reason": ""}))
    assert undecided(by_case([one, two]), 1, RULE, measured) == {two.name}


def test_a_cell_that_was_interrupted_before_its_first_sample_is_measured() -> None:
    measured = Measured()
    one, two = cell(FAST[0]), cell(FAST[1])
    entry = {"name": one.name, "real_time": 1.0, "cpu_time": 1.0, "time_unit": "s"}
    measured.take(Sample(Turn(one, "", 0, 0, 0), [entry]))
    assert undecided(by_case([one, two]), 0, RULE, measured) == {one.name, two.name}


def test_rounds_that_do_not_fit_are_said_with_what_would(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(8, 3, 0) as watcher:
        watcher.short(3, 40.0, 60.0)
        watcher.short(3, 19.0, 60.0)
    said = capsys.readouterr().err
    assert said.count("a round takes") == 1 and "a round takes 40 s: 3 of them do not fit into 60 s" in said
    assert "--max-time=240s" in said
