"""METG as Task Bench defines it, over min(workers, effective CPUs), on curves of known truth."""

from __future__ import annotations

import random

import pytest

from scripts.analysis.answers.granularity import Curve, curves
from scripts.analysis.table import Results
from tests.analysis.builder import results, samples

SIZES = [250 * 2**octave for octave in range(10)]  # nanoseconds, to 128 us
COSTS = {"pool": 1e-6, "std_thread": 1e-5}  # seconds that they add to a task
TASKS = 100  # as the builder has them


def sweep(
    workers: int = 2,
    rounds: int = 10,
    noise: float = 0.0,
    sizes: list[int] = SIZES,
    costs: dict[str, float] = COSTS,
) -> Results:
    """Of two effective CPUs. Efficiency is size / (size + cost)."""
    draw = random.Random(1)
    cells = []
    for size in sizes:
        name, task = f"duration:{size}ns/tasks:{TASKS}", size * 1e-9
        machine = [TASKS * draw.lognormvariate(0, noise) for _ in range(rounds)]
        cells.append(samples(f"spin/serial/workers:1/{name}", [slow * task for slow in machine]))
        for executor, cost in costs.items():
            own = [slow * (task + cost) / min(workers, 2) * draw.lognormvariate(0, noise) for slow in machine]
            cells.append(samples(f"spin/{executor}/workers:{workers}/{name}", own))
    return results(*cells)


def by_name(found: Results) -> dict[str, Curve]:
    return {curve.contender: curve for curve in curves(found)}


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_the_known_answer(workers: int) -> None:
    """Half of the granularity is the task, or 95 %; workers beyond the CPUs are not asked for more than these give."""
    found = by_name(sweep(workers))
    assert set(found) == {"pool", "std_thread"}
    pool = found["pool"]
    assert (pool.workers, pool.cpus, pool.tasks, pool.sweep) == (
        workers,
        min(workers, 2),
        100,
        "spin/tasks:100",
    )
    assert [point.size for point in pool.points] == [size * 1e-9 for size in SIZES]
    assert pool.half.seconds and pool.most.seconds
    assert pool.half.seconds.median == pytest.approx(2e-6) and pool.most.seconds.median == pytest.approx(
        20e-6
    )


def test_granularity_is_time_by_cpus_over_tasks() -> None:
    for curve in curves(sweep(noise=0.05)):
        for point in curve.points:
            assert point.granularity == pytest.approx(point.alone / point.efficiency.median, rel=0.1)
    for curve in curves(sweep()):
        for point in curve.points:
            cost = COSTS[curve.contender]
            assert point.efficiency.median == pytest.approx(point.size / (point.size + cost))
            assert point.granularity == pytest.approx(point.size + cost) and point.alone == pytest.approx(
                point.size
            )


def test_places_and_batches() -> None:
    found = by_name(sweep(noise=0.002))
    pool, thread = found["pool"], found["std_thread"]
    assert (pool.place(64e-6), thread.place(64e-6)) == ("above", "below")
    assert pool.place(1e-6) == "below" and thread.place(200e-6) == pool.place(1e-9) == "outside"
    assert thread.most.seconds is None and thread.most.state == "inefficient" and thread.batch(64e-6) is None
    assert thread.most.end == pytest.approx(128e-6)
    assert pool.most.seconds and pool.batch(1e-6) == -int(-pool.most.seconds.median // 1e-6)
    assert pool.batch(pool.most.seconds.median / 3) == 3


def test_noise_makes_a_size_near_the_threshold_open() -> None:
    pool = by_name(sweep(noise=0.03))["pool"]
    assert pool.most.seconds and pool.most.seconds.low < pool.most.seconds.high
    assert pool.place(19e-6) == "open" and pool.place(1e-6) == "below"
    assert by_name(sweep(rounds=5))["pool"].place(100e-6) == "open", "too few rounds"


def test_beyond_the_sweep_the_nearest_size_decides() -> None:
    """All medians are above 95 %, but by less than the noise."""
    near = by_name(sweep(sizes=[20_000, 40_000], costs={"pool": 0.9e-6}, noise=0.05))["pool"]
    assert near.most.seconds is not None or near.place(20e-6) == "open"
    far = by_name(sweep(sizes=[20_000, 40_000], costs={"pool": 1e-8}, noise=0.001))["pool"]
    assert far.most.state == "efficient" and far.most.end == 20e-6 and far.place(20e-6) == "above"


def test_one_size_is_no_sweep_and_nothing_without_a_serial_loop() -> None:
    assert curves(sweep(sizes=[1000])) == []
    found = sweep()
    alone = found.table[~found.table["baseline"]].reset_index(drop=True)
    assert curves(Results(alone, found.failures, found.contexts, found.labels)) == []
