"""Each fault has its cause, and no cause is seen in another's evidence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scripts.advice.causes import causes, name
from scripts.advice.figures import not_in_bodies
from scripts.advice.judge import advise, suspects
from scripts.analysis.interval import Interval
from scripts.analysis.ratio import Ratio
from scripts.analysis.why.waterfall import DEARER, READY, STARTING
from tests.advice.faults import FAULTS, HEALTHY, model, situation, tiny
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
    assert advice.as_json()["share"].keys() == {"median", "low", "high", "samples"}
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
    ends = {term.name: {"low": 0.2} if term.name == DEARER else {"high": 0.8} for term in at.waterfall.terms}
    terms = tuple(replace(term, share=replace(term.share, **ends[term.name])) for term in at.waterfall.terms)
    unsure = replace(at, waterfall=replace(at.waterfall, terms=terms))
    assert not suspects(unsure)
    (advice,) = advise(unsure, [], {})
    assert (advice.cause, advice.state) == ("unexplained", "unexplained")
    assert "dearer work 100 %" in advice.evidence[0]
    assert any("imbalance" in phrase for phrase in advice.ruled_out)


def test_a_loss_to_others_is_not_called_oversubscription() -> None:
    """Four workers on two CPUs, of which others use one and a half: fewer workers would get less of them."""
    shared = situation(model(4, 0.5, {"system": {"cpus": 2.0}}, others=1.5), cpus=2.0)
    assert [one.cause for one in suspects(shared)] == ["busy host"]
    mostly_own = situation(model(16, 1.7, {"system": {"cpus": 2.0}}, others=0.3), cpus=2.0)
    assert [one.cause for one in suspects(mostly_own)] == ["oversubscription"]


def test_idle_workers_are_not_the_fault_of_others_that_use_the_cpus() -> None:
    uneven = model(work=(5, 1, 1, 1), also={"load_balance": 0.4}, others=2.0)
    assert [one.cause for one in suspects(situation(uneven, executor="openmp_static"))] == ["imbalance"]


def test_a_server_of_its_own_is_no_foreign_load() -> None:
    served = model(4, 1.0, {"system": {"cpus": 4.0}}, others=3.0)
    assert [one.cause for one in suspects(situation(served))] == ["busy host"]
    assert [one.cause for one in suspects(situation(served, workload="http"))] == []


def test_workers_that_are_absent_spin_unseen() -> None:
    """Those that find no task are in no phase, but in the process's CPU time."""
    absent = model(4, 2.0, {"system": {"own": 2.0}}, work=(1, 1e-9, 1e-9, 1e-9))
    at = situation(absent, cpus=2.0, executor="openmp_dynamic")
    spins = at.over(not_in_bodies)
    assert spins and spins.median == pytest.approx(0.5)


def test_terms_that_trade_places_are_known_together() -> None:
    """Waiting for a CPU at the begin, or absent: one or the other is all of the loss."""
    at = FAULTS["oversubscription"]()
    ends = {READY: (0.1, 0.5, 0.9), STARTING: (0.1, 0.5, 0.9)}
    terms = []
    for term in at.waterfall.terms:
        low, middle, high = ends.get(term.name, (0.0, 0.0, 0.05))
        terms.append(replace(term, share=Interval(middle, low, high, 0.95, 6)))
    unsure = replace(at, waterfall=replace(at.waterfall, terms=tuple(terms)))
    both = unsure.share(READY, STARTING)
    assert (both.low, both.median, both.high) == pytest.approx((0.7, 1.0, 1.0))
    assert not unsure.loses_by(READY) and unsure.loses_by(READY, STARTING)


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


def test_where_workers_were_seen_blocked_counts() -> None:
    """A lock is waited for in futex; what is mostly seen elsewhere waits for something else."""
    at = FAULTS["lock"]()
    (seen,) = advise(at, suspects(at), {}, {"futex": 90, "read": 10})
    assert (seen.cause, seen.evidence[-1]) == ("lock", "blocked in futex 90 % and read 10 %")
    (other,) = advise(at, suspects(at), {}, {"read": 90, "futex": 10})
    assert other.cause == "unexplained" and "lock (blocked in read 90 % and futex 10 %)" in other.ruled_out


def test_of_two_causes_the_confirmed_one_stands() -> None:
    """An atomic counter is dearer with others beside it: is it the lock, or what lies next to it?"""
    at = FAULTS["false sharing"]()
    both = replace(at, workload="lock", parameters={"kind": "atomic"})
    found = suspects(both)
    assert [one.cause for one in found] == ["false sharing", "lock"]
    (advice,) = advise(both, found, {"false sharing": ratio(0.9, 1.1), "lock": ratio(3.5, 4.2)})
    assert (advice.cause, advice.state) == ("lock", "confirmed")
    assert any(phrase.startswith("false sharing (lock.layout=padded") for phrase in advice.ruled_out)
    (advice,) = advise(both, found, {"false sharing": ratio(3.5, 4.2), "lock": ratio(3.5, 4.2)})
    assert (advice.cause, advice.state) == ("false sharing", "confirmed")


def test_tasks_that_are_too_short_to_be_observed_are_told_by_times() -> None:
    at = replace(FAULTS["tiny tasks"](), perturbation=Interval(3.0, 2.5, 3.5, 0.97, 6))
    found = suspects(at)
    assert [one.cause for one in found] == ["tiny tasks", "perturbed"]
    assert found[0].why.share is None and found[0].why.experiment
    (advice,) = advise(at, found, {"tiny tasks": ratio(3.5, 4.1)})
    assert (advice.cause, advice.state, advice.ruled_out) == ("tiny tasks", "confirmed", [])
    (advice,) = advise(at, found, {"tiny tasks": ratio(0.5, 4.1)})
    assert (advice.cause, advice.state) == ("perturbed", "invalid")


def test_started_workers_that_are_dear_to_observe_are_told_by_a_pool() -> None:
    at = replace(FAULTS["start up"](), perturbation=Interval(3.0, 2.5, 3.5, 0.97, 6))
    found = suspects(at)
    assert [one.cause for one in found] == ["start up", "perturbed"]
    (advice,) = advise(at, found, {"start up": ratio(5, 7)})
    assert (advice.cause, advice.state) == ("start up", "confirmed")
    (advice,) = advise(at, found, {"start up": ratio(1.2, 1.4)})
    assert (advice.cause, advice.state) == ("perturbed", "invalid")


def test_spinning_comes_before_tiny_tasks_where_workers_are_more_than_cpus() -> None:
    """Empty tasks, which one worker takes, while three spin or wait: the other policy decides."""
    evidence = tiny(1e-5, 4)

    def make(wave: float) -> dict[str, Any]:
        found = evidence(wave)
        longer = 9 * found["seconds"]
        system = found["system"] | {"cpus": 2.0, "own": 20 * found["system"]["own"]}
        return found | {
            "seconds": 10 * found["seconds"], "absent": 4 * longer, "seen": 1, "system": system
        }  # fmt: skip

    at = situation(make, base=tiny(0.0, 1), cpus=2.0, executor="openmp_dynamic", workload="overhead",
                   parameters={"tasks": 1000})  # fmt: skip
    found = suspects(at)
    assert [one.cause for one in found] == ["spinning", "tiny tasks"]
    (advice,) = advise(at, found, {"spinning": ratio(20, 60), "tiny tasks": ratio(3.5, 4.1)})
    assert (advice.cause, advice.state) == ("spinning", "confirmed")
    (advice,) = advise(at, found, {"spinning": ratio(0.7, 1.1), "tiny tasks": ratio(3.5, 4.1)})
    assert (advice.cause, advice.state) == ("tiny tasks", "confirmed")
