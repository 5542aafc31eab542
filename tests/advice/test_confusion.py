"""Each fault has its cause, and no cause is seen in another's evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scripts.advice.causes import causes, name
from scripts.advice.judge import advise, suspects
from scripts.analysis.ratio import Ratio
from tests.advice.faults import FAULTS, HEALTHY
from tests.conftest import ROOT


@pytest.mark.parametrize("fault", FAULTS)
def test_the_cause_of_a_fault_is_suspected(fault: str) -> None:
    assert [one.cause for one in suspects(FAULTS[fault]())] == [fault]


@pytest.mark.parametrize("fault", FAULTS)
def test_it_is_told_with_numbers(fault: str) -> None:
    at = FAULTS[fault]()
    (advice,) = advise(at, suspects(at), {})
    assert (advice.cause, advice.cell) == (fault, at.name)
    assert advice.state == ("invalid" if fault == "perturbed" else "suspected")
    assert advice.share and advice.share.low >= 0.3
    assert advice.statement and advice.do and all(any(c.isdigit() for c in text) for text in advice.evidence)
    assert advice.as_json()["share"].keys() == {"median", "low", "high"}
    assert advice.experiment is None


def test_every_cause_has_its_fault() -> None:
    assert {name(module) for module in causes()} - {"latency"} == FAULTS.keys()
    reference = (ROOT / "docs/reference.md").read_text().partition("## Causes\n")[2].partition("\n## ")[0]
    assert {row.split(" |")[0][2:] for row in reference.splitlines() if row.startswith("| ")} - {"cause"} == {
        name(module) for module in causes()
    }
    orders = [module.ORDER for module in causes()]
    assert len(set(orders)) == len(orders)


@pytest.mark.parametrize("which", HEALTHY)
def test_what_is_healthy_is_not_accused(which: str) -> None:
    at = HEALTHY[which]()
    assert [one.cause for one in suspects(at)] == (["latency"] if which == "waits" else [])
    assert [one.cause for one in advise(at, suspects(at), {})] == (["latency"] if which == "waits" else [])


def test_who_may_be_healthy_is_not_accused() -> None:
    at = FAULTS["shared core"]()
    wide = replace(at.waterfall, efficiency=replace(at.waterfall.efficiency, high=0.95))
    assert not advise(replace(at, waterfall=wide), suspects(replace(at, waterfall=wide)), {})


def test_a_share_that_may_be_small_is_no_cause() -> None:
    """Its interval has to exclude 30 %."""
    at = FAULTS["shared core"]()
    terms = tuple(replace(term, share=replace(term.share, low=0.2)) for term in at.waterfall.terms)
    unsure = replace(at, waterfall=replace(at.waterfall, terms=terms))
    assert not suspects(unsure)
    (advice,) = advise(unsure, [], {})
    assert (advice.cause, advice.state) == ("unexplained", "unexplained")
    assert "dearer work 100 %" in advice.evidence[0]
    assert any("imbalance" in phrase for phrase in advice.ruled_out)


def ratio(low: float, high: float) -> Ratio:
    return Ratio((low + high) / 2, low, high, 0.03, 6, "signed-rank")


def test_experiments_decide() -> None:
    at = FAULTS["lock"]()
    found = suspects(at)
    assert [one.cause for one in found] == ["lock"]
    assert found[0].why.experiment and found[0].why.experiment.settings == ("lock.kind=none",)
    (confirmed,) = advise(at, found, {"lock": ratio(2.3, 2.6)})
    assert confirmed.state == "confirmed" and confirmed.experiment
    assert confirmed.experiment["result"] == "confirmed" and confirmed.experiment["ratio"]["low"] == 2.3
    (unclear,) = advise(at, found, {"lock": ratio(0.9, 2.6)})
    assert (unclear.cause, unclear.state) == ("lock", "suspected")
    (refuted,) = advise(at, found, {"lock": ratio(0.9, 1.1)})
    assert refuted.cause == "unexplained"
    assert "lock (lock.kind=none: 1.00x as fast [0.90, 1.10])" in refuted.ruled_out


def test_of_two_causes_the_confirmed_one_stands() -> None:
    """An atomic counter is dearer with others beside it: is it the lock, or what lies next to it?"""
    at = FAULTS["false sharing"]()
    both = replace(at, cell={**at.cell, "workload": "lock", "parameters": {"kind": "atomic"}})
    found = suspects(both)
    assert [one.cause for one in found] == ["false sharing", "lock"]
    (advice,) = advise(both, found, {"false sharing": ratio(0.9, 1.1), "lock": ratio(3.5, 4.2)})
    assert (advice.cause, advice.state) == ("lock", "confirmed")
    assert any(phrase.startswith("false sharing (lock.layout=padded") for phrase in advice.ruled_out)
    (advice,) = advise(both, found, {"false sharing": ratio(3.5, 4.2), "lock": ratio(3.5, 4.2)})
    assert (advice.cause, advice.state) == ("false sharing", "confirmed")
