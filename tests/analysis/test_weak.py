"""Weak scaling: N workers do N times the work, so that what is compared is the time for the same work."""

from __future__ import annotations

import random

import pytest

from scripts.analysis.answers.answer import answers
from scripts.analysis.metg import metg
from scripts.analysis.scaling import Scaling, at_best, refuse_impossible, scaling
from scripts.analysis.why.cells import laws
from scripts.analysis.why.law import Law, fit
from scripts.analysis.why.text import sentence
from tests.analysis.builder import results, samples

CASE = "scaling:weak/tasks:100"


def cells(**times: float) -> list[Scaling]:
    """Of `pool_2=3.0` six rounds of so many seconds with so many workers; a slow round is slow for all."""
    made = []
    for name, seconds in times.items():
        contender, _, workers = name.partition("_")
        drift = [seconds * (1 + (number == 3)) for number in range(6)]
        made.append(samples(f"math/{contender}/workers:{workers}/{CASE}", drift))
    return scaling(results(*made).table)


def test_efficiency_is_t1_over_tn_and_the_scaled_speedup_n_times_that() -> None:
    serial, *pool = sorted(cells(serial_1=2.0, pool_1=2.1, pool_4=2.5), key=lambda cell: not cell.serial)
    found = {cell.workers: cell for cell in pool}
    assert serial.weak and (serial.work, found[4].work) == (1, 4)
    assert found[4].real.median == pytest.approx(2.5) and found[4].pace.median == pytest.approx(2.5 / 4)
    speedup, efficiency = found[4].speedup, found[4].efficiency
    assert speedup and efficiency
    assert speedup.median == pytest.approx(4 * 2.0 / 2.5) and efficiency.median == pytest.approx(2.0 / 2.5)
    assert speedup.low == pytest.approx(speedup.high), "ratios by round: the slow round cancels"
    assert found[4].cpu_ratio == pytest.approx(2.5 / 4 / 2.0), "CPU time for the same work"


def test_without_a_serial_loop_efficiency_is_over_the_own_fewest_workers() -> None:
    base = samples("command/zip/workers:2/scaling:weak", [2.0] * 6)
    for row in base:
        row["baseline"] = True
    more = samples("command/zip/workers:8/scaling:weak", [2.5] * 6)
    found = {cell.workers: cell for cell in scaling(results(base, more).table)}
    efficiency = found[8].efficiency
    assert efficiency and efficiency.median == pytest.approx(2.0 / 2.5)


def test_the_answer_is_the_most_work_in_a_time_not_the_shortest_batch() -> None:
    made = results(
        *(samples(f"math/serial/workers:1/{CASE}", [2.0 + number / 1000 for number in range(8)]),),
        *(samples(f"math/pool/workers:{n}/{CASE}", [2.0 + n / 10 + i / 1000 for i in range(8)]) for n in (1, 2, 4)),
    )  # fmt: skip
    found = scaling(made.table)
    ((_, case),) = answers(made, found)
    answer = answers(made, found)[0, case]
    assert (answer.use.contender, answer.use.workers) == ("pool", 4) and answer.stop.workers == 4
    assert at_best(found)[0].workers == 4
    assert answer.as_json()["scaling"] == "weak"
    assert answer.as_json()["efficiency"]["median"] == pytest.approx(2.0 / 2.4, rel=0.01)


def test_doing_n_times_the_work_in_the_time_of_one_is_not_impossible() -> None:
    serial, honest = (
        samples(f"math/{name}/{CASE}", [2.0] * 6) for name in ("serial/workers:1", "pool/workers:4")
    )
    cheat = samples(f"math/tbb/workers:4/{CASE}", [1.0] * 6)
    kept = refuse_impossible(results(serial, honest, cheat))
    assert set(kept.table["contender"]) == {"serial", "pool"}
    assert list(kept.failures["kind"]) == ["impossible"] and "efficiency 2.00" in kept.failures["reason"][0]


def test_a_sweep_of_sizes_gives_no_metg() -> None:
    names = [
        f"spin/{who}/{CASE}/duration:{size}"
        for size in ("1us", "1ms")
        for who in ("serial/workers:1", "pool/workers:2")
    ]
    table = results(*(samples(name, [1.0] * 6) for name in names)).table
    assert not metg(table) and table["duration"].isna().all()


def gustafson(workers: float, share: float, gamma: float = 0.95) -> float:
    return gamma * (workers - share * (workers - 1))


def noisy(share: float, seed: int, most: int = 16) -> Law:
    draw = random.Random(seed)
    counts = [1 << power for power in range(most.bit_length())]
    points = {n: [gustafson(n, share) * draw.gauss(1, 0.01) for _ in range(8)] for n in counts}
    return fit(points, most, weak=True)


@pytest.mark.parametrize("share", [0.05, 0.2, 0.6])
def test_gustafson_is_found_with_its_serial_share(share: float) -> None:
    found = [noisy(share, seed) for seed in range(12)]
    named = [law for law in found if law.name == "Gustafson"]
    assert len(named) >= 10, [law.name for law in found]
    inside = [law for law in named if law.serial and share in law.serial]
    assert len(inside) >= len(named) - 3
    middle = sorted(law.serial.median for law in named if law.serial)[len(named) // 2]
    assert middle == pytest.approx(share, abs=0.01)
    law = named[0]
    assert law.curve[-1][0] == 64 and law.curve[-1][1].median == pytest.approx(gustafson(64, share), rel=0.1)
    assert sentence(law, 16).startswith("Gustafson: ") and "% of the time is serial" in sentence(law, 16)


def test_gustafson_is_of_scaled_speedups_alone_and_where_nothing_is_serial_it_is_linear() -> None:
    exact = {n: [gustafson(n, 0.2)] * 5 for n in (1, 2, 4, 8)}
    assert fit(exact, 8, weak=True).name == "Gustafson" and fit(exact, 8).name != "Gustafson"
    assert "Gustafson" not in (fit(exact, 8).aicc or {})
    assert fit({n: [float(n)] * 5 for n in (1, 2, 4, 8)}, 8, weak=True).name == "linear"
    amdahl = {n: [n / (1 + 0.1 * (n - 1))] * 5 for n in (1, 2, 4, 8)}
    assert (
        fit(amdahl, 8, weak=True).name == "Amdahl"
    ), "a speedup that ends is none that the work's growth explains"


def test_the_laws_of_results_are_those_of_their_scaling() -> None:
    counts = (1, 2, 4, 8)
    made = [samples(f"math/serial/workers:1/{CASE}", [1.0] * 6)]
    made += [samples(f"math/pool/workers:{n}/{CASE}", [n / gustafson(n, 0.3)] * 6) for n in counts]
    found = results(*made)
    found.contexts[0]["effective_cpus"] = 8.0
    (law,) = [one.law for one in laws(found) if one.contender == "pool"]
    assert law.name == "Gustafson" and law.serial and law.serial.median == pytest.approx(0.3, abs=0.01)
