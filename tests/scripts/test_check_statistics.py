"""`fanout check statistics`: what it prints, and that a rule which does not keep its claim is called broken."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scripts.analysis.answers.race import ERROR, Race
from scripts.analysis.duel import decide
from scripts.checks import CheckFailed, statistics
from scripts.checks.simulated import claims, raced
from scripts.checks.simulated.experiment import Claim, Experiment
from tests import forked
from tests.analysis.builder import results, samples

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return forked.run("check", "statistics", *arguments)


def test_claims_are_printed_beside_what_was_found() -> None:
    ended = run("--only=METG", "--trials=20", "--json")
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)["claims"]
    assert {one["event"] for one in found} == {"lost", "interval holds the truth", "estimate above the truth"}
    assert all(
        one["low"] <= one["share"] <= one["high"] and one["verdict"] in ("holds", "open") for one in found
    )
    again = run("--only=METG", "--trials=20", "--json")
    assert again.stdout == ended.stdout, "the seed decides"


def test_claims_of_the_answer_are_printed_as_json() -> None:
    ended = run("--only=answer: near cells, log-normal, scatter 1%", "--trials=2", "--json")
    assert ended.returncode == 0, ended.stderr
    assert [one["trials"] for one in json.loads(ended.stdout)["claims"]] == [2, 2, 2, 2]


def test_an_experiment_that_is_none() -> None:
    ended = run("--only=METEORS")
    assert ended.returncode == 2 and "METG" in ended.stderr


def test_a_recorded_run_is_drawn_from(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    slow = ("serial", "pool", "tbb", "par", "futures", "openmp", "std_thread", "std_async", "asio_pool")
    truth = {f"w/{name}/workers:1": 2.0 for name in slow} | {"w/pool/workers:2": 1.0, "w/tbb/workers:2": 1.3}
    drawn = {name: (time * np.exp(random.normal(0, 0.01, 24))).tolist() for name, time in truth.items()}
    made = raced.recorded(results(*(samples(name, times) for name, times in drawn.items())).table)
    (experiment,) = made
    assert experiment.name == "answer: recorded w"
    assert set(found(experiment, 40).values()) <= {"holds", "open"}
    few = results(*(samples(name, times[:19]) for name, times in drawn.items())).table
    assert not list(raced.recorded(few)), "19 rounds are too few for a truth"


def test_a_run_that_is_not_to_be_drawn_from_is_refused() -> None:
    ended = run(f"--recorded={ROOT / 'tests/data/two_cpus.json'}")
    assert ended.returncode == 2 and "no case has 20 rounds of every cell" in ended.stderr
    ended = run("--recorded=/nowhere")
    assert ended.returncode == 2 and "cannot be read" in ended.stderr


def test_an_answer_without_a_share_of_the_error_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = claims.named()["answer: equal cells, log-normal, scatter 5%"]
    assert found(experiment, 8)["a best one is left out"] != "broken"
    monkeypatch.setattr(Race, "_error", lambda self, alive: ERROR)
    assert found(experiment, 8)["a best one is left out"] == "broken"


@pytest.mark.parametrize(
    "low, high, sense, bound, verdict",
    [
        (0.0, 0.009, "at most", 0.01, "holds"),
        (0.0, 0.02, "at most", 0.01, "open"),
        (0.011, 0.02, "at most", 0.01, "broken"),
        (0.96, 0.98, "at least", 0.99, "broken"),
        (0.98, 1.0, "at least", 0.99, "open"),
        (0.99, 1.0, "at least", 0.99, "holds"),
        (0.5, 0.6, "at least", None, ""),
    ],
)
def test_verdicts(low: float, high: float, sense: Any, bound: float | None, verdict: str) -> None:
    assert Claim("event", sense, bound).verdict({"low": low, "high": high}) == verdict


def found(experiment: Experiment, count: int) -> dict[str, str]:
    events = claims.trials(experiment, 1, 0, count)
    return {claim.event: claim.verdict(claim.share(events, count)) for claim in experiment.claims}


def test_a_judge_that_takes_every_look_for_the_only_one_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = claims.named()["duet of equals: log-normal, scatter 1.0%"]
    assert found(experiment, 16)["red at a margin of 0%"] != "broken"
    honest = decide

    def greedy(duel: Any, comparisons: int, margin: float, **how: Any) -> Any:
        return honest(duel, comparisons, margin, error=0.2, **how)

    monkeypatch.setattr(claims, "decide", greedy)
    assert found(experiment, 40)["red at a margin of 0%"] == "broken"


def test_a_rule_that_is_blind_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = claims.named()["duet: log-normal, scatter 1.0%, +5%, margin 3 %"]
    monkeypatch.setattr(claims, "decide", partial(decide, error=1e-9))
    assert found(experiment, 10)["found soon"] == "broken"


@pytest.fixture
def wake() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def sleeps(*_: object) -> None:
    time.sleep(1000)


def dies(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


NAME = "METG: octaves, 8 rounds, log-normal, scatter 3 %"


def test_an_interruption_ends_it_without_a_report(
    wake: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, also where a turn would take for ever."""
    monkeypatch.setattr(statistics, "_turn", sleeps)

    def interrupt(line: str) -> None:
        os.write(wake[1], b"x")

    assert statistics.events([claims.named()[NAME]], 20, 1, wake[0], interrupt) is None
    assert multiprocessing.active_children() == []


def test_a_process_that_dies_is_no_result(wake: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "_turn", dies)
    with pytest.raises(CheckFailed, match="a process of the simulation was ended"):
        statistics.events([claims.named()[NAME]], 20, 1, wake[0], lambda line: None)
