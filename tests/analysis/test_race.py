"""Which cells a run measures on: those that could be the best."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.analysis.answers import race
from scripts.analysis.answers.race import EARLY, RANKS, Race


def ran(truth: dict[str, float], rounds: int, scatter: float = 0.01, seed: int = 1, most: int = 40) -> Race:
    noise = np.exp(np.random.default_rng(seed).normal(0, scatter, (len(truth), rounds)))
    times = {
        name: dict(enumerate((true * noise[row]).tolist())) for row, (name, true) in enumerate(truth.items())
    }
    return Race(times, {name: int(name.rpartition("/")[2]) for name in truth}, most)


MANY = {f"{name}/2": 1.0 for name in "abcdefghijkl"}


def test_every_cell_has_the_first_rounds() -> None:
    found = ran(MANY | {"slow/2": 90.0}, 2)
    assert all(found.before(number).wanted(number) == set(found.times) for number in (1, 2))


def test_what_is_far_behind_is_dropped_after_the_first_look() -> None:
    found = ran(MANY | {"slow/2": 2.0}, EARLY[0])
    assert set(found.dropped) == {"slow/2"} and found.placed["slow/2"].standing == "worse"
    assert found.wanted(EARLY[0]) == set(MANY)


def test_fewer_workers_may_take_a_little_longer() -> None:
    near = {"little/1": 1.035, "same/2": 1.035}
    found = ran(MANY | near, 40, 0.003)
    assert "same/2" in found.dropped and "little/1" not in found.dropped


def test_one_slow_sample_drops_nobody() -> None:
    found = ran(MANY, EARLY[0])
    times = {name: dict(known) for name, known in found.times.items()}
    times["c/2"][1] *= 3
    assert not Race(times, found.workers, 40).dropped


def test_an_early_look_needs_noise_to_go_by() -> None:
    assert not ran({"a/2": 1.0, "b/2": 2.0}, EARLY[0]).dropped, "3 rounds of 2 cells show too little of it"
    assert set(ran({"a/2": 1.0, "b/2": 2.0}, RANKS).dropped) == {"b/2"}


def test_what_was_dropped_stays_dropped_whatever_comes() -> None:
    truth = MANY | {"slow/2": 2.0}
    found = ran(truth, 12)
    stopped = {
        name: {n: t for n, t in known.items() if name != "slow/2" or n < 3}
        for name, known in found.times.items()
    }
    assert set(Race(stopped, found.workers, 40).dropped) == set(found.dropped) == {"slow/2"}


def test_nothing_is_wanted_where_the_best_is_known_or_all_rounds_are_done() -> None:
    known = ran({"a/2": 1.0, "b/2": 1.5}, 10)
    assert known.wanted(10) == set() and not known.undecided
    assert ran(MANY, 40, 0.2).wanted(40) == set()


def test_rivals_alone_go_on() -> None:
    truth = {"a/2": 1.0, "b/2": 1.0, "c/1": 1.06, "d/2": 1.5}
    wanted = [ran(truth, 10, 0.025, seed).wanted(10) for seed in range(20)]
    assert wanted.count({"a/2", "b/2"}) >= 7, "c/1 rests: it is not better"
    assert not any("d/2" in names for names in wanted)


def test_rounds_are_paired_where_they_share_noise() -> None:
    drift = np.exp(np.linspace(0, 0.6, 24))
    own = np.exp(np.random.default_rng(2).normal(0, 0.002, (3, 24)))
    times = {
        name: dict(enumerate((true * drift * own[row]).tolist()))
        for row, (name, true) in enumerate({"a/2": 1.0, "b/2": 1.04, "c/2": 1.001}.items())
    }
    found = Race(times, dict.fromkeys(times, 2), 24).placed
    assert found["b/2"].standing == "worse" and found["c/2"].standing == "as good"
    assert found["c/2"].ratio is not None and found["c/2"].ratio.method == "signed-rank"


@pytest.mark.parametrize("scatter", [0.01, 0.05])
def test_equals_are_hardly_ever_dropped(scatter: float) -> None:
    truth = {f"{number}/2": 1.0 for number in range(12)}
    wrong = sum(bool(ran(truth, 16, scatter, seed).dropped) for seed in range(60))
    assert wrong <= 8, "5 % of 60 are 3; more than 8 happen by chance in 1 of 300"


def test_without_a_share_of_the_error_equals_would_be_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Race, "_error", lambda self, alive: race.ERROR)
    truth = {f"{number}/2": 1.0 for number in range(12)}
    assert sum(bool(ran(truth, 16, 0.05, seed).dropped) for seed in range(60)) > 8


def test_one_cell_alone_is_the_best() -> None:
    found = ran({"a/1": 1.0}, 3)
    assert found.best == "a/1" and found.undecided == set() and not found.dropped
