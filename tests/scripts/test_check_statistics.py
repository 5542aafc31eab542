"""`fanout check statistics`: what it prints, and that a rule which does not keep its claim is called broken."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from scripts.analysis.duel import decide
from scripts.checks import claims, statistics
from scripts.checks.claims import Claim, Experiment

ROOT = Path(__file__).resolve().parents[2]
COMMAND = ["/usr/bin/python3", str(ROOT / "scripts/check.py"), "statistics"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=600)


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


def test_an_experiment_that_is_none() -> None:
    ended = run("--only=METEORS")
    assert ended.returncode == 2 and "METG" in ended.stderr


@pytest.mark.parametrize(
    "low, high, sense, verdict",
    [
        (0.0, 0.009, "at most", "holds"),
        (0.0, 0.02, "at most", "open"),
        (0.011, 0.02, "at most", "broken"),
        (0.96, 1.0, "at least", "broken"),
        (0.98, 1.0, "at least", "open"),
        (0.99, 1.0, "at least", "holds"),
    ],
)
def test_verdicts(low: float, high: float, sense: str, verdict: str) -> None:
    bound = 0.01 if sense == "at most" else 0.99
    shifted = {"low": low, "high": high if verdict != "broken" or sense == "at most" else 0.98}
    assert statistics.verdict_of(shifted, sense, bound) == verdict
    assert statistics.verdict_of(shifted, sense, None) == ""


def found(experiment: Experiment, trials: int) -> dict[str, str]:
    events = claims.trials(experiment, 1, 0, trials)
    shares = {c: claims_share(events, c, trials) for c in experiment.claims}
    return {c.event: statistics.verdict_of(share, c.sense, c.bound) for c, share in shares.items()}


def claims_share(events: Counter[str], claim: Claim, trials: int) -> dict[str, float]:
    from scripts.checks.replay import Share

    return Share(events[claim.event], trials * claim.each).as_json()


def test_a_judge_that_takes_every_look_for_the_only_one_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = claims.named()["duet of equals: log-normal, scatter 1.0%"]
    assert found(experiment, 30)["red at a margin of 0%"] != "broken"
    honest = decide

    def greedy(duel: Any, comparisons: int, margin: float, **how: Any) -> Any:
        return honest(duel, comparisons, margin, error=0.2, **how)

    monkeypatch.setattr(claims, "decide", greedy)
    assert found(experiment, 60)["red at a margin of 0%"] == "broken"


def test_a_rule_that_is_blind_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = claims.named()["duet: log-normal, scatter 1.0%, +5%, margin 3 %"]
    monkeypatch.setattr(claims, "decide", partial(decide, error=1e-9))
    assert found(experiment, 10)["found soon"] == "broken"


def test_an_interruption_ends_it_without_a_report() -> None:
    wake, write = os.pipe()
    os.write(write, b"x")
    assert (
        statistics._events(
            ["METG: octaves, 8 rounds, log-normal, scatter 3 %"], 20, 1, wake, lambda line: None
        )
        is None
    )
    os.close(wake)
    os.close(write)
