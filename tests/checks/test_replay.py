"""Duets drawn from recordings whose truth is known."""

from __future__ import annotations

import math
import random

import pytest

from scripts.analysis import duel
from scripts.checks import replay
from scripts.checks.replay import BASES, Share, share_of, u_test

CELLS = ("spin/pool/workers:1", "spin/pool/workers:2")
SWEEP = {1: CELLS[0], 2: CELLS[1]}


def recording(noise: float, rounds: int = 120, drift: float = 0.0, bias: float = 0.0) -> replay.Recording:
    """Times around 1 s with lognormal noise; each round is slower than the one before by `drift`, and the arm "5" by 5 %,
    "2" by 2 %. `bias` is what the second of the equal arms is really slower by."""
    chance = random.Random(3)
    slow = {"2": 1.02, "5": 1.05, "again": 1 + bias}

    def arm(name: str) -> list[float]:
        return [
            slow.get(name, 1.0) * math.exp(drift * number + chance.gauss(0, noise))
            for number in range(rounds)
        ]

    return {cell: {name: arm(name) for name in (*BASES, "2", "5")} for cell in CELLS}


def test_noise_alone_is_a_false_alarm_as_often_as_was_asked_for() -> None:
    seen = replay.replay(recording(0.02), SWEEP, trials=400, seed=1)
    hits = sum(share.hits for share in seen.alarms.values())
    share = Share(hits, 800).as_json()
    low, high = share["low"], share["high"]
    assert low < replay.NOMINAL and high > replay.NOMINAL / 2
    assert sum(share.hits for share in seen.confirmed.values()) <= hits
    assert seen.suites[0.03].hits == 0


def test_a_drift_from_round_to_round_is_no_false_alarm() -> None:
    """Pairs cancel it; without pairs it would be all that is seen."""
    seen = replay.replay(recording(0.01, drift=0.002), SWEEP, trials=200, seed=1)
    assert sum(share.hits for share in seen.alarms.values()) <= 12


def test_a_change_is_found_and_one_below_the_margin_is_the_same() -> None:
    seen = replay.replay(recording(0.012), SWEEP, trials=150, seed=2)
    for cell in CELLS:
        assert seen.sights[cell, 0.05, 0.03].found.hits >= 143
        assert seen.sights[cell, 0.05, 0.03].same.hits == 0
        assert seen.sights[cell, 0.02, 0.03].found.hits == 0
        assert seen.sights[cell, 0.02, 0.01].same.hits == 0
        assert seen.sights[cell, 0.02, 0.01].early.hits <= seen.sights[cell, 0.02, 0.01].found.hits


def test_a_change_of_the_shape_is_told_from_one_at_all_counts() -> None:
    seen = replay.replay(recording(0.012), SWEEP, trials=150, seed=2)
    assert seen.shapes["shape only", 0.05].hits >= 143
    assert seen.shapes["uniform", 0.05].hits <= 3


def test_much_noise_finds_nothing_and_says_nothing() -> None:
    seen = replay.replay(recording(0.5), SWEEP, trials=60, seed=4)
    sight = seen.sights[CELLS[0], 0.05, 0.03]
    assert sight.found.hits <= 2 and sight.same.hits == 0


def test_a_judge_with_too_many_false_alarms_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The intervals of a judge that takes every tenth error for a hundredth."""
    honest = duel.decide

    def wolf(each, comparisons, margin, error=0.01, **how):  # type: ignore[no-untyped-def]
        return honest(each, comparisons, margin, 30 * error, **how)

    monkeypatch.setattr(replay, "decide", wolf)
    seen = replay.replay(recording(0.02), SWEEP, trials=200, seed=1)
    alarms = Share(sum(s.hits for s in seen.alarms.values()), sum(s.trials for s in seen.alarms.values()))
    assert alarms.as_json()["low"] > replay.NOMINAL


def test_equal_arms_change_roles_so_that_chance_between_them_is_no_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One of them is slower by 0.6 % all along: as a fixed NEW it would be found in most duets."""
    biased = recording(0.01, bias=0.006)
    seen = replay.replay(biased, SWEEP, trials=150, seed=5)
    assert sum(share.hits for share in seen.alarms.values()) < 0.1 * 300
    monkeypatch.setattr(random.Random, "sample", lambda self, arms, count: list(arms))
    fixed = replay.replay(biased, SWEEP, trials=150, seed=5)
    assert sum(share.hits for share in fixed.alarms.values()) > 0.5 * 300, "what fixed roles would make of it"
    assert replay.whole(biased[CELLS[0]], "again")["low"] > 1.001, "but the recording as a whole shows it"


def test_rounds_are_drawn_in_blocks_that_wrap_around() -> None:
    drawn = list(replay.draw(20, random.Random(1)))
    assert len(drawn) == 72
    for start in range(0, 72, replay.BLOCK):
        block = drawn[start : start + replay.BLOCK]
        assert [(index - block[0][0]) % 20 for index, _ in block] == list(range(replay.BLOCK))
        assert len({roles for _, roles in block}) == 1
    assert {role for _, roles in drawn for role in roles} == set(BASES)


def test_the_u_test_tells_repetitions_of_two_processes_apart_that_differ_by_their_layout_alone() -> None:
    chance = random.Random(6)

    def process(shift: float) -> list[float]:
        return [1 + shift + chance.gauss(0, 0.002) for _ in range(10)]

    alike = share_of(u_test(process(0), process(0)) for _ in range(300))
    apart = share_of(u_test(process(0), process(0.01)) for _ in range(50))
    assert 0.01 < alike.hits / alike.trials < 0.1
    assert apart.hits > 45


def test_a_share_has_exact_bounds() -> None:
    share = share_of([True] + 99 * [False]).as_json()
    assert (share["hits"], share["trials"], share["share"]) == (1, 100, 0.01)
    assert share["low"] == pytest.approx(0.000253, abs=1e-5)
    assert share["high"] == pytest.approx(0.0545, abs=1e-3)
