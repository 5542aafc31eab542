"""The loss waterfall: it closes for any evidence, and finds losses of known size."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

from scripts.analysis.interval import Interval
from scripts.analysis.why.waterfall import (
    BLOCKED,
    DEARER,
    IMBALANCE,
    READY,
    REST,
    SPINNING,
    STARTING,
    STARVED,
    TERMS,
    waterfall,
)
from tests.analysis.why.builder import cell, entry, read, serial, share


def any_entry(draw: random.Random, name: str, workers: int, cpus: float) -> dict[str, Any]:
    """Evidence without sense: any time in any phase and state, some of it 0."""
    phases: dict[str, Any] = {
        phase: tuple(draw.choice([0.0, draw.expovariate(1)]) for _ in range(3))
        for phase in ("start", "body", "between", "tail")
    }
    phases["body"] = (draw.expovariate(1) + 1e-9, *phases["body"][1:])
    cpu = draw.random() < 0.2
    found = entry(name, workers, phases, seconds=draw.uniform(0.9, 1.5) * sum(map(sum, phases.values())))
    for states in found["phases"].values():
        if cpu:
            states.update(ready=None, blocked=states["blocked"] + states["ready"])
    sure = {"source": "cpu" if cpu else "schedstat", "seen": draw.randint(0, 2 * workers)}
    times = {key: draw.choice([None, 0.0, draw.expovariate(1)]) for key in ("busy", "own", "steal")}
    system = {**found["system"], **times, "cpus": draw.choice([None, cpus])}
    return {**found, **sure, "bodies": draw.random() < 0.8, "system": system}


@pytest.mark.parametrize("seed", range(60))
def test_the_logs_add_up_for_any_evidence(seed: int) -> None:
    draw = random.Random(seed)
    workers, cpus = draw.randint(1, 9), draw.choice([0.5, 2.0, 4.0])
    of = [any_entry(draw, "w/x/workers:n", workers, cpus) for _ in range(draw.randint(1, 6))]
    base = [any_entry(draw, "w/serial/workers:1", 1, cpus) for _ in range(draw.randint(1, 6))]
    score = Interval(0.3, 0.2, 0.5, 0.95, 6) if draw.random() < 0.5 else None
    found = waterfall(read(*of), read(*base), score)
    assert tuple(term.name for term in found.terms) == TERMS
    total = sum(term.log.median for term in found.terms)
    assert total == pytest.approx(found.loss.median, abs=1e-12)
    assert found.loss.median == pytest.approx(math.log(1 / found.efficiency.median), abs=1e-12)
    shares = [term.share for term in found.terms]
    assert all(0 <= each.low <= each.median <= each.high <= 1 for each in shares)
    assert sum(each.median for each in shares) == pytest.approx(1)
    for term in found.terms:
        assert term.log.low <= term.log.median <= term.log.high


@pytest.mark.parametrize("seed", range(20))
def test_of_one_round_each_all_is_attributed(seed: int) -> None:
    """Then there is no median that could differ; the efficiency is that of the passes."""
    draw = random.Random(seed)
    of, base = any_entry(draw, "w/x/workers:3", 3, 4.0), any_entry(draw, "w/serial/workers:1", 1, 4.0)
    found = waterfall(read(of), read(base))
    efficiency = base["seconds"] / of["seconds"] / 3
    assert found.efficiency.median == pytest.approx(efficiency)
    assert found.term(REST).log.median == pytest.approx(0, abs=1e-12)
    assert (found.loss.low, found.loss.high, found.loss.samples) == (found.loss.median, found.loss.median, 1)


LOSSES: dict[str, tuple[dict[str, Any], dict[str, float]]] = {  # with the factor that each term costs
    "4 workers on 2 CPUs": ({"cpus": 2.0}, {READY: 2.0}),
    "on half a CPU": ({"cpus": 0.5}, {READY: 8.0}),
    "imbalance 2:1": ({"workers": 2, "work": (2, 1)}, {IMBALANCE: 4 / 3}),
    "imbalance, spinning": ({"workers": 2, "work": (2, 1), "spins_in_tail": True}, {IMBALANCE: 4 / 3}),
    "blocked 40 %": ({"lock": 0.4}, {BLOCKED: 1 / 0.6}),
    "starved 50 %": ({"starved": 0.5}, {STARVED: 2.0}),
    "start-up 20 %": ({"start": 0.2}, {STARTING: 1.25}),
    "dearer 1.5x": ({"dearer": 1.5}, {DEARER: 1.5}),
    "spin 30 %": ({"spin": 0.3}, {SPINNING: 1 / 0.7}),
    "dearer, on 2 CPUs": ({"dearer": 1.5, "cpus": 2.0}, {DEARER: 1.5, READY: 2.0}),
    "spin, blocked": ({"spin": 0.3, "lock": 0.4}, {SPINNING: 1 / 0.7, BLOCKED: 1 / 0.6}),
    "dearer, spin, start-up": (
        {"dearer": 1.3, "spin": 0.3, "start": 0.2}, {DEARER: 1.3, SPINNING: 1 / 0.7, STARTING: 1.25},
    ),
    "imbalance, dearer": ({"workers": 2, "work": (3, 1), "dearer": 1.5}, {IMBALANCE: 1.5, DEARER: 1.5}),
}  # fmt: skip


@pytest.mark.parametrize("arguments, factors", LOSSES.values(), ids=LOSSES)
def test_a_loss_of_known_size_is_found(arguments: dict[str, Any], factors: dict[str, float]) -> None:
    """Within 10 percentage points of the loss, each in its term; in noise of 2 % too."""
    draw = random.Random(1)
    waves = [draw.lognormvariate(0, 0.02) for _ in range(5)]
    found = waterfall(
        read(*(cell(**arguments, wave=wave) for wave in waves)),
        serial(slower=[draw.lognormvariate(0, 0.02) for _ in range(3)]),
    )
    whole = sum(map(math.log, factors.values()))
    assert found.loss.median == pytest.approx(whole, abs=0.06)
    for name in TERMS:
        assert share(found, name) == pytest.approx(math.log(factors.get(name, 1.0)) / whole, abs=0.1), name


def test_what_did_not_run_is_divided_by_what_rose() -> None:
    """Starved 30 % and started 10 % of the time: 3 : 1 of the loss; what the base has too is no loss."""
    found = waterfall(read(cell(starved=0.3, start=0.1)), serial())
    assert share(found, STARVED) == pytest.approx(0.75) and share(found, STARTING) == pytest.approx(0.25)
    own = read(entry("w/x/workers:1", 1, {"body": (1.0, 0.0, 0.0), "start": (0.0, 0.0, 1 / 9)}))
    found = waterfall(read(cell(starved=0.3, start=0.1)), own)
    assert share(found, STARVED) == pytest.approx(1)
    assert found.term(STARTING).log.median == pytest.approx(0, abs=1e-9)


def test_gains_are_negative_and_have_no_share() -> None:
    """Half as dear on half as many CPUs."""
    found = waterfall(read(cell(cpus=2.0, dearer=0.5)), serial())
    assert found.efficiency.median == pytest.approx(1) and found.loss.median == pytest.approx(0, abs=1e-9)
    assert found.term(DEARER).log.median == pytest.approx(-math.log(2)) and share(found, DEARER) == 0
    assert found.term(READY).log.median == pytest.approx(math.log(2)) and share(found, READY) == 1


def test_more_running_than_in_the_base_is_a_gain_of_what_fell() -> None:
    base = read(entry("w/x/workers:1", 1, {"body": (0.5, 0.0, 0.0), "between": (0.0, 0.0, 0.5)}))
    found = waterfall(read(entry(phases={"body": (0.9, 0.1, 0.0)})), base)
    assert found.term(STARVED).log.median == pytest.approx(math.log(0.5 / 0.9))
    assert found.term(READY).log.median == 0
    assert sum(term.log.median for term in found.terms) == pytest.approx(found.loss.median)


def test_the_score_has_what_is_not_attributed() -> None:
    """The passes lose a half, the score says 0.4 [0.36, 0.44]."""
    score = Interval(0.4, 0.36, 0.44, 0.95, 10)
    found = waterfall(read(*[cell(cpus=2.0)] * 3), serial(3), score)
    rest = found.term(REST).log
    assert found.efficiency == score and found.loss.median == pytest.approx(math.log(2.5))
    assert rest.median == pytest.approx(math.log(0.5 / 0.4))
    assert rest.low == pytest.approx(math.log(0.5 / 0.44), abs=0.03)
    assert rest.high == pytest.approx(math.log(0.5 / 0.36), abs=0.03)
    with pytest.raises(ValueError, match="an efficiency of 0 has no logarithm"):
        waterfall(read(cell()), serial(), Interval(0.1, 0.0, 0.2, 0.95, 6))


def test_intervals_hold_the_rounds_noise() -> None:
    waves = [0.9, 0.95, 1.0, 1.05, 1.1, 1.0]
    found = waterfall(read(*(cell(dearer=1.5, wave=wave) for wave in waves)), serial(6))
    log = found.term(DEARER).log
    assert log.low < math.log(1.5) < log.high and 0.05 < log.high - log.low < 0.25
    assert (log.samples, log.coverage) == (6, 0.95)
    assert found == waterfall(read(*(cell(dearer=1.5, wave=wave) for wave in waves)), serial(6))
    few = waterfall(read(*(cell(wave=wave) for wave in waves)), serial(1)).loss
    assert (few.samples, few.coverage) == (1, 0)


def test_what_has_no_waterfall() -> None:
    with pytest.raises(ValueError, match="evidence of one cell"):
        waterfall([], serial())
    with pytest.raises(ValueError, match="evidence of one cell"):
        waterfall(read(cell()), [*serial(), *read(cell())])
    with pytest.raises(ValueError, match="different tasks in a batch"):
        waterfall(read({**cell(), "tasks": 7}), serial())
    with pytest.raises(ValueError, match="never ran"):
        waterfall(read(entry(phases={"body": (0.0, 1.0, 0.0)})), serial())
