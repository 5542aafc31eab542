"""The check of latencies under load: the arrivals and services that it computes once more, and its verdicts."""

from __future__ import annotations

import argparse
import io
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scripts.analysis.load.arrivals import arrivals, mix
from scripts.analysis.load.server import Owed, as_served, by_recursion, by_theory
from scripts.checks import CheckFailed, load
from scripts.checks.load import Row, report
from scripts.checks import service
from scripts.measuring.interruption import Interruption
from scripts.measuring.usage import UsageError
from scripts.reports import terminal
from tests.conftest import BUILD

WORD = 2**64


def mixed(x: int) -> int:
    x = (x + 0x9E3779B97F4A7C15) % WORD
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 % WORD
    x = (x ^ x >> 27) * 0x94D049BB133111EB % WORD
    return x ^ x >> 31


def test_arrivals_are_drawn_as_the_header_says() -> None:
    """benchmarks/open_loop/load.hpp: u = (mix(mix(seed) + k) >> 11 + 1/2) / 2^53."""
    at, expected = 0.0, []
    for k in range(50_000):
        at -= math.log(((mixed((mixed(7) + k) % WORD) >> 11) + 0.5) / 2**53) / 1000
        expected.append(at)
    found = arrivals(1000.0, 30.0, 7)
    assert len(found) == sum(one < 30 for one in expected)
    assert np.allclose(found, expected[: len(found)], rtol=1e-12)
    assert list(mix([1, 2])) == [mixed(1), mixed(2)]
    assert arrivals(4.0, 1.0, 7, poisson=False).tolist() == [0, 0.25, 0.5, 0.75]
    assert len(arrivals(0.1, 0.1, 7)) == 1, "one at least"


def test_services_have_their_mean_exactly() -> None:
    drawn = service.services(3, service.TASKS, True)
    assert drawn.mean() == pytest.approx(service.SERVICE, rel=1e-12)
    assert np.median(drawn) == pytest.approx(math.log(2) * service.SERVICE, rel=0.01)
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 0.1, "shuffled"
    assert set(service.services(3, 10, False)) == {service.SERVICE}
    assert as_served(drawn, 6e-3).mean() == pytest.approx(6e-3)


def test_theory_is_of_the_queue_that_is_meant() -> None:
    constant, exponential = (by_theory(350.0, 2e-3, 1, each) for each in (False, True))
    assert constant and exponential and exponential.mean == pytest.approx(2e-3 / 0.3)
    assert constant.mean == pytest.approx(2e-3 * (1 + 0.7 / 0.6))
    assert by_theory(1400.0, 2e-3, 4, False) is None and by_theory(1400.0, 2e-3, 4, True) is not None
    assert by_theory(500.0, 2e-3, 1, True) is None, "over capacity"
    one = by_recursion([0.0, 1e-3], np.array([2e-3, 2e-3]), 1)
    assert one.mean == pytest.approx(2.5e-3) and one.tail == pytest.approx(3e-3)


EXACT = Owed(4e-3, 12e-3)
ROW = Row("M/M/1", 1, 0.7, 5000, EXACT, EXACT, Owed(4e-3, 12e-3), 0.0, (0.99, 5e-6), False, False)
COST = {"fill_ns": 12.0, "clocks_ns": 44.0, "task_ns": 60.0}
OVER = replace(ROW, load=1.25, over=True, theory=None, seen=Owed(0.5, 1.0))


@pytest.mark.parametrize(
    ("row", "recursion", "theory"),
    [
        (ROW, "kept", "kept"),
        (replace(ROW, seen=Owed(4.06e-3, 12e-3)), "kept", "kept"),
        (replace(ROW, seen=Owed(4.1e-3, 12e-3)), "missed", "kept"),
        (replace(ROW, seen=Owed(4e-3, 11.7e-3)), "missed", "kept"),
        (replace(ROW, theory=Owed(4.5e-3, 12e-3)), "kept", "missed"),
        (replace(ROW, theory=Owed(4.5e-3, 12e-3), chance=0.4e-3), "kept", "kept"),
        (replace(ROW, seen=Owed(5e-3, 12e-3), disturbed=True), "disturbed", "disturbed"),
        (replace(ROW, load=0.9, theory=Owed(9e-3, 12e-3)), "kept", ""),
        (replace(ROW, theory=None), "kept", ""),
        (replace(ROW, seen=Owed(4e-3, float("nan"))), "missed", "kept"),
    ],
)
def test_verdicts(row: Row, recursion: str, theory: str) -> None:
    assert (row.by_recursion, row.by_theory) == (recursion, theory)
    assert report([row, OVER], 0.1, [], COST, 9.0).status == int("missed" in (recursion, theory))


def test_the_report_says_what_was_missed() -> None:
    def said(over: Row, *knees: tuple[float, float], cost: dict[str, float] = COST) -> tuple[int, str]:
        shown, text = report([ROW, over], 0.1, knees, cost, 99.0), io.StringIO()
        terminal.render(shown, text)
        return shown.status, " ".join(text.getvalue().split())

    status, text = said(OVER, (400.0, 80.0), (410.0, 70.0))
    assert status == 0 and "says so in 1 of 1" in text and "2.4 % apart" in text and "M/M/1" in text
    assert said(OVER, (400.0, 80.0), (450.0, 70.0))[0] == 1, "apart"
    assert said(OVER, (400.0, 130.0), (400.0, 70.0))[0] == 1, "too long"
    assert said(OVER, (math.nan, 110.0), (400.0, 70.0))[0] == 1, "not found"
    assert said(replace(OVER, disturbed=True), (math.nan, 110.0), (400.0, 70.0))[0] == 0
    assert said(replace(OVER, over=False))[0] == 1, "not said"
    status, text = said(OVER, cost=COST | {"fill_ns": 31.0})
    assert status == 1 and "recording takes 31.0 ns a task (bound 30 ns): missed" in text
    assert "disturbed 1 of 2" in said(replace(OVER, disturbed=True))[1]
    assert "late (100 us and more, at its tail) in 1 of 2" in said(replace(OVER, late=(0.999, 2e-4)))[1]


def test_what_recording_costs(tmp_path: Path) -> None:
    program = tmp_path / "fanout-recording"
    given = argparse.Namespace(bench=tmp_path / "fanout-bench")
    with pytest.raises(CheckFailed, match="does not say what recording costs"):
        service.recording(given, -1)
    program.write_text("#!/bin/sh\necho '{\"fill_ns\": 12.5}'\n")
    program.chmod(0o755)
    with Interruption() as interruption:
        assert service.recording(given, interruption.wake) == {"fill_ns": 12.5}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"seconds": 5.0}, "--seconds=5: 12 or more"),
        ({"bench": Path("/nowhere")}, "--bench: no binary at /nowhere"),
        ({"executor": "pools"}, "--executors=pools: no such name"),
    ],
)
def test_wrong_usage_is_known_before_anything_is_measured(wrong: dict[str, Any], said: str) -> None:
    given = {"bench": BUILD / "fanout-bench", "executor": "pool", "seconds": 12.0, "seed": 1} | wrong
    with pytest.raises(UsageError, match=said):
        load.check(argparse.Namespace(**given), -1, print)


def test_what_recording_costs_is_known_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not after minutes of queues."""
    monkeypatch.setattr(service, "measured", lambda *_: pytest.fail("measured already"))
    monkeypatch.setattr(service, "recording", lambda *_: None)
    given = argparse.Namespace(bench=BUILD / "fanout-bench", executor="pool", seconds=12.0, seed=1)
    assert load.check(given, -1, print) is None


def one_row(given: argparse.Namespace) -> Row | None:
    with Interruption() as interruption:
        return load._row(given, interruption.wake, "M/M/1", 1, 0.5, True)


def test_one_queue_of_the_binary() -> None:
    """The arrivals that came are those that are computed here; how exact the latencies are is for a quiet machine to say."""
    given = argparse.Namespace(bench=BUILD / "fanout-bench", executor="pool", seconds=0.4, seed=5)
    row = one_row(given)
    assert row is not None and row.requests == len(arrivals(100.0, 0.4, 5))
    assert row.seen.mean > 0.9 * row.exact.mean
    given.executor = "tbb"
    with pytest.raises(CheckFailed, match="not tasks as they arrive"):
        one_row(given)
