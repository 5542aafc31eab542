"""Waterfalls and laws of results: which cells have them, over which base."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.analysis.results import BadResults, load
from scripts.analysis.table import Results
from scripts.analysis.why.cells import laws, losses
from scripts.analysis.why.evidence import states
from scripts.analysis.why.score import perturbation, perturbed
from scripts.analysis.why.waterfall import REST
from scripts.measuring.duet import again
from tests.analysis.builder import results, samples
from tests.analysis.why.builder import BATCHES, cell, entry, read, serial
from tests.cells import cell_of

SERIAL = "math/serial/workers:1"


def observed() -> Results:
    """A pool that waits for CPUs at 4 workers, not at 1 and 2; and one without evidence."""
    entries = [{**cell(count, 2.0), "cell": f"math/pool/workers:{count}"} for count in (1, 2, 4)]
    rows = [samples(SERIAL, [1.0, 1.0])]
    rows += [samples(f"math/pool/workers:{count}", [1 / min(count, 2)] * 2) for count in (1, 2, 4)]
    rows += [samples("math/tbb/workers:2", [0.5] * 2)]
    return replace(results(*rows), states=[{SERIAL: serial(2), **states(entries)}])


def test_over_the_serial_loop_and_over_ones_own() -> None:
    found = list(losses(observed()))
    assert [(one.contender, one.workers, one.waterfall.base) for one in found] == [
        ("pool", count, SERIAL) for count in (1, 2, 4)
    ]
    assert [one.waterfall.efficiency.median for one in found] == [1, 1, 0.5]
    own = list(losses(observed(), "own"))
    assert [(one.workers, one.waterfall.base) for one in own] == [(n, "math/pool/workers:1") for n in (2, 4)]


def test_the_score_is_that_of_the_times() -> None:
    found = observed()
    slower = found.table["real"].where(found.table["workers"] < 4, 0.8)
    one = list(losses(replace(found, table=found.table.assign(real=slower))))[-1].waterfall
    assert one.efficiency.median == pytest.approx(1 / 0.8 / 4)
    assert one.term(REST).log.median == pytest.approx(0.47, abs=0.01), "ln(0.8 / 0.5)"


def test_what_observing_changes_is_told_by_round() -> None:
    """A machine that gets slower by the round slows both; the order of evidence is no matter."""
    entries = [{**cell(wave=2.0**at), "round": at} for at in range(6)]
    score = {one["round"]: one["seconds"] / BATCHES / 1.1 for one in entries}
    found = perturbation(read(*reversed(entries)), score)
    assert found and (found.low, found.high) == pytest.approx((1.1, 1.1)) and perturbed(found)
    assert not perturbed(perturbation(read(*entries), {at: 1.06 * time for at, time in score.items()}))
    assert perturbation(read(*entries), {7: 1.0}) is None and not perturbed(None)


def test_without_the_bases_evidence_there_is_none() -> None:
    found = observed()
    (evidence,) = found.states
    without = {name: rounds for name, rounds in evidence.items() if name != SERIAL}
    assert (
        list(losses(replace(found, states=[without])))
        == []
        != list(losses(replace(found, states=[without]), "own"))
    )
    assert list(losses(replace(found, states=[]))) == []
    idle = states([entry("math/pool/workers:4", phases={"body": (0.0, 1.0, 0.0)})])
    some = list(losses(replace(found, states=[{**evidence, **idle}])))
    assert [one.workers for one in some] == [
        1,
        2,
    ], "workers that never ran have no waterfall, and stop no other"


def test_laws_of_those_that_are_asked_for() -> None:
    found = replace(observed(), contexts=[{"effective_cpus": 4.0}])
    (one,) = laws(found, {(0, "math", "pool"), (0, "math", "gone")})
    assert (one.contender, one.cpus, one.law.points) == ("pool", 4.0, (1, 2, 4))
    assert [each.workers for each in one.cells] == [1, 2, 4]


def test_a_cell_has_workers(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    document = {"schema": 2, "context": {}, "benchmarks": [], "failures": []}
    path.write_text(json.dumps({**document, "cells": [{**cell_of(SERIAL), "workers": 0}]}))
    with pytest.raises(BadResults, match=r"cells\[0\]: workers is 0"):
        load([path])
    path = tmp_path / "why.json"
    with pytest.raises(BadResults, match="is not what fanout writes"), again.expected(path):
        1 / 0  # by the workers of a cell


def test_a_file_brings_its_evidence(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    document = {"schema": 2, "context": {}, "benchmarks": [], "failures": [], "cells": []}
    path.write_text(json.dumps({**document, "evidence": [cell(), {"observer": "calls"}]}))
    assert [list(each) for each in load([path, path]).states] == [["math/pool/workers:4"]] * 2
    path.write_text(json.dumps(document))
    assert load([path]).states == [{}]
    for evidence, said in (
        ({}, "its evidence is no list"),
        ([{**cell(), "tasks": 0}], "evidence[0]: tasks is 0"),
    ):
        path.write_text(json.dumps({**document, "evidence": evidence}))
        with pytest.raises(BadResults, match=said.replace("[", r"\[")):
            load([path])
