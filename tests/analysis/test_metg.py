import math
import random

import pytest

from scripts.analysis.metg import crossing, metg
from scripts.analysis.table import Results
from tests.analysis.builder import results, samples

COST = 1e-6  # seconds that the model's executor adds to a task


def sweep(durations: list[int], workers: int = 2, noise: float = 0.0) -> Results:
    """1,000 tasks of `durations` nanoseconds: efficiency is d / (d + COST), so METG(50 %) is COST."""
    draw = random.Random(1)
    cells = []
    for nanoseconds in durations:
        task, name = nanoseconds * 1e-9, f"duration:{nanoseconds}ns/tasks:1000"
        machine = [1000 * draw.lognormvariate(0, 0.3) for _ in range(6)]
        cells.append(samples(f"spin/serial/workers:1/{name}", [slow * task for slow in machine]))
        own = [slow * (task + COST) / workers * draw.lognormvariate(0, noise) for slow in machine]
        cells.append(samples(f"spin/pool/workers:{workers}/{name}", own))
    return results(*cells)


def test_the_known_answer() -> None:
    found = metg(sweep([250, 500, 900, 1100, 2000, 4000]).table)
    assert [(one.sweep, one.contender, one.workers, one.state) for one in found] == [
        ("spin/tasks:1000", "pool", 2, "bracketed")
    ]
    assert type(found[0].file) is int, "which JSON can hold"
    assert found[0].seconds is not None and found[0].seconds.median == pytest.approx(COST, rel=0.003)


def test_noise_within_a_round_widens_the_interval_around_the_answer() -> None:
    seconds = metg(sweep([125, 250, 500, 1000, 2000, 4000], workers=4, noise=0.02).table)[0].seconds
    assert seconds is not None and COST in seconds and seconds.low < seconds.high < 1.3 * COST
    assert seconds.samples == 6


def test_another_threshold() -> None:
    seconds = metg(sweep([3900, 4100]).table, threshold=0.8)[0].seconds  # d / (d + COST) = 0.8 at 4 COST
    assert seconds is not None and seconds.median == pytest.approx(4 * COST, rel=0.001)


@pytest.mark.parametrize(
    "durations, state, end",
    [([2000, 4000], "efficient", 2e-6), ([100, 500], "inefficient", 5e-7)],
)
def test_not_bracketed_is_a_state(durations: list[int], state: str, end: float) -> None:
    (found,) = metg(sweep(durations).table)
    assert found.seconds is None and found.state == state and found.end == pytest.approx(end)


def test_one_duration_is_no_sweep_and_other_workloads_have_none() -> None:
    assert metg(sweep([1000]).table) == []
    waits = sweep([500, 2000]).table.assign(duration=math.nan)
    assert metg(waits) == []
    assert metg(results().table) == []


def test_units_of_names() -> None:
    cells = [
        samples(f"spin/{executor}/workers:1/duration:{duration}", [seconds])
        for duration, real in {"500ns": (0.5, 1.5), "2us": (2.0, 3.0)}.items()
        for executor, seconds in zip(("serial", "pool"), real)
    ]
    seconds = metg(results(*cells).table)[0].seconds
    assert seconds is not None and 5e-7 < seconds.median < 2e-6


def test_the_last_rise_counts() -> None:
    def at(*curve: tuple[float, float]) -> tuple[float | None, str]:
        found, state, _ = crossing({task: {0: efficiency} for task, efficiency in curve}, 0.5)
        return (found.median if found else None), state

    assert at((1.0, 0.6), (2.0, 0.4), (4.0, 0.5), (8.0, 0.9)) == (4.0, "bracketed")
    assert at((1.0, 0.6), (2.0, 0.7)) == (None, "efficient")
    assert at((1.0, 0.6), (2.0, 0.4)) == (None, "inefficient")
    assert at((1.0, 0.25), (4.0, 0.8))[0] == pytest.approx(
        1 / (1 - 0.75 * 2 / 2.75)
    )  # linear in the inverses


@pytest.mark.parametrize("step", [2, 10])
def test_a_coarse_grid_is_as_right_as_a_fine_one(step: int) -> None:
    """The model's efficiency is exactly what is interpolated; on log-log axes decades are 20 to 30 % off."""
    durations = [round(130 * step**power) for power in range(8 if step == 2 else 4)]
    found = metg(sweep(durations).table)[0].seconds
    assert found is not None and found.median == pytest.approx(COST, rel=0.01)


def test_one_slow_round_voids_nothing() -> None:
    """In one round of 12 the serial loop of the longest task is slow, in another the executor's."""
    efficient = {task: {n: task / (task + COST) for n in range(12)} for task in (5e-7, 2e-6, 8e-6)}
    efficient[8e-6][3] /= 3
    efficient[5e-7][4] *= 3
    found, state, _ = crossing(efficient, 0.5)
    assert state == "bracketed" and found is not None
    assert found.low == pytest.approx(COST, rel=0.01) == found.median and found.samples == 12
