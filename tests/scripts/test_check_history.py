"""`fanout check history`: what it prints, and that a method which finds what is not there, or nothing, is called broken."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from scripts.analysis.history.parameters import PARAMETERS, Parameters
from scripts.checks import history
from scripts.checks.histories import figures
from scripts.checks.histories.rivals import windows
from scripts.checks.histories.trial import CHANGES, CONFIRMED, NOMINATED, PREVIOUS, name, trial
from scripts.checks.histories.world import COMMITS, NOISES_OF, World
from tests.conftest import ROOT


@cache
def events(change: float, parameters: Parameters = PARAMETERS) -> Counter[str]:
    """Of one history with typical noise."""
    return trial("typical", change, parameters, np.random.default_rng(1))


def all_events(*changes: float, parameters: Parameters) -> dict[str, Counter[str]]:
    """Of those; of the other kinds nothing, at no cost."""
    nothing = {name(noise, change): Counter({"cost 0": 1}) for noise in NOISES_OF for change in CHANGES}
    return nothing | {name("typical", change): events(change, parameters) for change in changes}


def test_it_prints_rules_and_claims() -> None:
    command = ["/usr/bin/python3", str(ROOT / "scripts/check.py"), "history", "--histories=1", "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert ended.returncode in (0, 1), ended.stderr
    found = json.loads(ended.stdout)
    assert len(found["rules"]) == 8 and found["parameters"]["threshold"] == PARAMETERS.threshold
    verdicts = {one["verdict"] for one in found["claims"]}
    assert verdicts <= {"holds", "open", "broken"} and ended.returncode == ("broken" in verdicts)


def test_changes_are_found_and_others_are_not() -> None:
    found = events(0.10)
    assert found[f"{CONFIRMED}: found"] >= 3 and found[f"{CONFIRMED}: false"] <= 1
    assert found[f"{NOMINATED}: false"] > found[f"{CONFIRMED}: false"], "confirming is what it takes"
    assert found[f"{PREVIOUS}: false"] > 10
    assert found == trial("typical", 0.10, PARAMETERS, np.random.default_rng(1)), "the seed decides"


def test_the_method_as_it_is_breaks_neither_claim() -> None:
    found = all_events(0.0, 0.10, parameters=PARAMETERS)
    verdicts = {one.what: one.verdict for one in figures.claims(found, "typical", 1)}
    assert "broken" not in (verdicts["false, a history"], verdicts["+10% found"])


def test_a_low_threshold_that_a_duet_confirms_too_easily_is_broken() -> None:
    loose = replace(PARAMETERS, threshold=2.5, margin=0.0, error=0.9)
    found = all_events(0.0, parameters=loose)
    assert next(figures.claims(found, "typical", 1)).verdict == "broken"
    assert history.report(found, 1, 1).status == 1


def test_a_threshold_that_nothing_reaches_is_broken() -> None:
    found = all_events(0.10, parameters=replace(PARAMETERS, threshold=50.0))
    verdicts = {one.what: one.verdict for one in figures.claims(found, "typical", 1)}
    assert verdicts["+10% found"] == "broken" and history.report(found, 1, 1).status == 1


def test_the_interval_of_a_rate_is_exact() -> None:
    assert figures.rate(0, 10).low == 0 and figures.rate(0, 10).high == pytest.approx(0.369, abs=1e-3)
    nine = figures.rate(9, 60)
    assert (nine.value, nine.low, nine.high) == pytest.approx((0.15, 0.0686, 0.2847), abs=1e-3)


@pytest.mark.parametrize("count, verdict", [(6, "holds"), (30, "open"), (90, "broken")])
def test_false_ones_are_held_to_their_rate_and_its_interval(count: int, verdict: str) -> None:
    found = {name(noise, change): Counter({"cost 0": 40}) for noise in NOISES_OF for change in CHANGES}
    found[name("typical", 0.0)][f"{CONFIRMED}: false"] = count
    first = next(figures.claims(found, "typical", 40))
    assert first.verdict == verdict


def test_windows_tell_a_step_once() -> None:
    times = np.exp(np.random.default_rng(1).normal(0, 0.01, (COMMITS, 2)))
    times[40:, 1] *= 1.2
    near = [one for one in windows(times) if one.cell == 1 and abs(one.place - 40) <= 2]
    assert len(near) == 1 and near[0].slower and near[0].seen <= 45


def test_a_world_is_what_its_seed_makes_it() -> None:
    one, two = (World(NOISES_OF["nasty"], 0.05, np.random.default_rng(3)) for _ in range(2))
    assert one.changes == two.changes and (one.times == two.times).all() and len(one.changes) == 4
    (cell, place) = one.changes[0]
    assert one.confirm(PARAMETERS, str(cell), str(place - 3), str(place + 2)) == two.confirm(
        PARAMETERS, str(cell), str(place - 3), str(place + 2)
    )
