"""The knee is found by bisection, from what the rounds at each rate show."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from scripts.analysis.interval import Interval
from scripts.analysis.load.knee import FEWEST, MOST, WITHIN, Knee, Step, knees, search, step
from scripts.analysis.load.latency import latencies
from scripts.analysis.load.slo import Slo
from tests.analysis.load.made import entry

LIMIT = Slo(20e-3)
Percentile = Callable[[float], float]


def of(rate: float, percentile: float, spread: float = 0.1, rounds: int = FEWEST) -> Step:
    found = Interval(percentile, percentile / (1 + spread), percentile * (1 + spread), 0.95, rounds)
    side = "keeps" if found.high <= LIMIT.seconds else "misses" if found.low > LIMIT.seconds else "open"
    return Step(rate, found, side, rounds)  # type: ignore[arg-type]


def searched(start: float, percentile: Percentile, spread: float = 0.1) -> Knee:
    steps: dict[float, Step] = {}
    while (found := search(start, steps, LIMIT)).next is not None:
        rounds = steps[found.next].rounds + 1 if found.next in steps else FEWEST
        steps[found.next] = of(found.next, percentile(found.next), spread, rounds)
        assert sum(one.rounds for one in steps.values()) < 100
    return found


def queue(rate: float) -> float:
    """p99 of one server of 1 ms: it crosses 20 ms at 769.7 a second."""
    return -math.log(0.01) / (1000 - rate) if rate < 1000 else math.inf


@pytest.mark.parametrize("start", [50.0, 500.0, 900.0, 40_000.0])
def test_it_is_found_from_either_side(start: float) -> None:
    found = searched(start, queue)
    assert found.state == "found" and found.rate == pytest.approx(769.7, rel=0.01)
    assert found.rate and found.low <= found.rate <= found.high < 1.1 * found.low
    assert len(found.steps) <= 12


def test_undecided_rates_get_more_rounds_and_go_to_their_side() -> None:
    found = searched(500.0, queue, spread=0.6)
    undecided = [one for one in found.steps if one.side == "open"]
    assert undecided and all(one.rounds == MOST for one in undecided)
    assert found.state == "found" and found.rate == pytest.approx(769.7, rel=0.01)
    assert found.low < 700 and found.high > 800, "what is undecided bounds nothing"
    ends = sorted(one.rate for one in found.steps)
    assert min(b / a for a, b in zip(ends, ends[1:])) <= WITHIN


@pytest.mark.parametrize(("time", "state"), [(1e-3, "above"), (1.0, "below")])
def test_a_limit_that_nothing_crosses(time: float, state: str) -> None:
    found = searched(100.0, lambda rate: time)
    assert found.state == state and found.rate is None
    assert (found.low > 0) == (state == "above") and math.isinf(found.high) == (state == "above")


def test_too_few_requests_for_the_percentile() -> None:
    none = Step(100.0, None, "open", MOST)
    assert search(100.0, {100.0: none}, LIMIT).state == "unknown"
    assert search(100.0, {100.0: Step(100.0, None, "open", FEWEST)}, LIMIT).next == 100.0


def test_dropped_requests_miss_the_limit() -> None:
    """A queue that drops what it cannot take keeps its latencies short."""
    parts = latencies([entry("c", [1e-3] * 2000, dropped=100, round=number) for number in range(3)])
    found = step(1000.0, parts, LIMIT)
    assert found.side == "misses" and found.percentile and math.isinf(found.percentile.median)
    kept = latencies([entry("c", [1e-3] * 2000, dropped=10, round=number) for number in range(3)])
    assert step(1000.0, kept, LIMIT).side == "keeps"


def test_the_search_starts_from_the_closed_loop() -> None:
    closed = [entry("c", [1e-3] * 100, rate=None, round=number, throughput=800.0) for number in range(3)]
    (found,) = knees(latencies(closed), LIMIT).values()
    assert found.next == 400.0 and found.state == "searching"
    fast = [entry("c", [1e-3] * 2000, rate=400.0, round=number) for number in range(3)]
    assert knees(latencies([*closed, *fast]), LIMIT)["c"].next == 800.0
    assert knees(latencies(fast), LIMIT) == {}
    assert found.as_json()["high"] is None
