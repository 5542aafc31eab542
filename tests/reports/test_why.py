"""The report of a `why`: causes as blocks, waterfalls as tables, what was perturbed, failed or is not known."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import pytest

from scripts.analysis.why.evidence import States
from scripts.analysis.why.waterfall import waterfall
from scripts.reports import Table, markdown, terminal, why
from tests.analysis.why.builder import cell, read, serial
from tests.cells import cell_of
from tests.plots.figures import HOSTILE

SERIAL, OWN, SLOW = (
    f"math/{cell}/tasks:8" for cell in ("serial/workers:1", "pool/workers:1", "pool/workers:4")
)
RATIO = {"median": 41.0, "low": 38.0, "high": 45.0}
CAUSE: dict[str, Any] = {
    "cell": SLOW,
    "cause": "tiny_tasks",
    "statement": "waiting for a CPU while other workers spin",
    "share": {"median": 0.93, "low": 0.91, "high": 0.95},
    "evidence": ["ready 49 % of the workers' time", "3 switches a second"],
    "experiment": {"what": "OMP_WAIT_POLICY=passive", "ratio": RATIO, "result": "confirmed"},
    "state": "confirmed",
    "ruled_out": ["quota (0 throttled periods)", "steal (0.1 %)"],
    "do": "at most 2 workers",
}


def named(rounds: list[States], name: str) -> list[States]:
    return [replace(one, cell=name) for one in rounds]


def document(rounds: int = 6, **others: Any) -> dict[str, Any]:
    """A pool that spins and waits for CPUs at 4 workers, over the serial loop and over itself."""
    slow = named(read(*[cell(4, 2.0, spin=0.45)] * rounds), SLOW)
    own = named(read(*[cell(1, 2.0, spin=0.45)] * rounds), OWN)
    base = named(serial(rounds), SERIAL)
    return {
        "context": {"effective_cpus": 2.0, "cpu_model": "Model", "rounds": 3},
        "cells": [cell_of(name) for name in (SERIAL, OWN, SLOW)],
        "waterfalls": [asdict(waterfall(*pair)) for pair in ((own, base), (slow, base), (slow, own))],
        "advice": [CAUSE],
        "failures": [],
        "unobserved": [],
        "perturbation": {SLOW: {"median": 1.004, "low": 0.99, "high": 1.02}},
        "doubts": {},
    } | others


def shown(found: Mapping[str, Any], width: int = 80, **how: Any) -> str:
    out = io.StringIO()
    terminal.render(why.report(found, **how), out, width)
    return out.getvalue()


def said(found: Mapping[str, Any], **how: Any) -> str:
    """As one line."""
    return " ".join(shown(found, **how).split())


def test_a_cause_is_a_block() -> None:
    text = shown(document())
    start = text.index("pool, 4 workers on 2 CPUs: 1.10 times as fast as the serial loop")
    assert text[start:].splitlines()[:12] == [
        "pool, 4 workers on 2 CPUs: 1.10 times as fast as the serial loop",
        "  math/pool/workers:4/tasks:8: efficiency 27 % [27, 27]",
        "confirmed  93 % [91, 95] of the loss: waiting for a CPU while other workers spin",
        "           (tiny tasks)",
        "evidence   ready 49 % of the workers' time",
        "evidence   3 switches a second",
        "experiment OMP_WAIT_POLICY=passive: 41.0 [38.0, 45.0] times as fast: confirmed",
        "ruled out  quota (0 throttled periods), steal (0.1 %)",
        "do         at most 2 workers",
        "",
        "Where the workers' time went, over the serial loop: math/tasks:8",
        "                    efficiency % of the workers' time",
    ]
    assert text.splitlines()[-1] == "Verdicts on 1 of 1 cells: 1 confirmed."


def test_waterfalls_are_tables_by_base() -> None:
    tables = [block for block in why.report(document()).blocks if isinstance(block, Table)][1:]
    assert [[row[:2] for row in table.rows] for table in tables] == [
        [["pool", "1"], ["pool", "4"]],
        [["pool", "4"]],
    ]
    assert tables[0].rows[0][2:] == ["55 % [55, 55]", "spinning 45 [45, 45]"]
    lost = tables[0].rows[1][3]
    assert lost == "waiting for a CPU 39 [39, 39], spinning 34 [34, 34]"
    assert tables[1].rows[0][2:] == ["50 % [50, 50]", "waiting for a CPU 50 [50, 50]"]
    assert "Where the workers' time went, over its own fewest workers: math/tasks:8" in said(document())


def test_too_few_rounds_have_no_interval() -> None:
    tables = [block for block in why.report(document(rounds=5)).blocks if isinstance(block, Table)][1:]
    assert tables[0].rows[0][2:] == ["55 %", "spinning 45"]


@pytest.mark.parametrize("state", ["suspected", "unexplained", "invalid"])
def test_without_share_or_experiment(state: str) -> None:
    bare: dict[str, Any] = CAUSE | {
        "state": state,
        "share": None,
        "experiment": None,
        "ruled_out": [],
        "evidence": [],
    }
    text = said(document(advice=[CAUSE | {"cell": OWN}, bare]))
    assert f"{state} waiting for a CPU while other workers spin (tiny tasks) do at most" in text
    assert "pool, 1 worker on 2 CPUs" in text and f"2 of 2 cells: 1 confirmed and 1 {state}." in text


def test_what_is_unexplained_says_so_once() -> None:
    text = said(document(advice=[CAUSE | {"state": "unexplained", "cause": "unexplained", "share": None}]))
    assert "unexplained waiting for a CPU while other workers spin evidence" in text


def test_nothing_to_explain() -> None:
    assert "Nothing to explain: no cell is below 90 %" in said(document(advice=[]))
    nothing = document(advice=[], waterfalls=[], perturbation={}, cells=[])
    assert "Nothing to explain" in said(nothing) and "Efficiency is" not in said(nothing)


def test_a_cell_that_is_not_known_keeps_its_name() -> None:
    text = shown(document(advice=[CAUSE | {"cell": "gone/pool"}]))
    assert "\ngone/pool\n  gone/pool\nconfirmed" in text


def test_what_was_perturbed_is_said() -> None:
    much = {"median": 1.2, "low": 1.1, "high": 1.3}
    text = said(document(perturbation={SLOW: {"median": 1.0, "low": 0.9, "high": 1.1}, OWN: much}))
    assert (
        f"took 1.00 [0.90, 1.10] ({SLOW}) to 1.20 [1.10, 1.30] ({OWN}) times as long as those of the score"
        in text
    )
    assert f"* More than 5 % longer, so that no verdict rests on it: {OWN}." in text
    assert " pool * 1 " in text and " pool * 4 " not in text
    assert "More than 5 %" not in said(document())


def test_what_failed_and_what_is_not_known_is_said() -> None:
    failure = {"name": OWN, "kind": "timeout", "reason": "no result after 60 s"}
    unobserved = {"name": SLOW, "kind": "crash", "reason": "evidence[0]: tasks is 0"}
    found = document(
        failures=[failure], unobserved=[unobserved], doubts={OWN: "its workers never ran", SLOW: "so"}
    )
    text = said(found)
    assert f"{OWN} time-out no result after 60 s" in text and f"{SLOW} crash evidence[0]: tasks is 0" in text
    assert f"No waterfall: {OWN}: its workers never ran. No waterfall: {SLOW}: so." in text


def test_losses_that_could_not_be_told_apart_are_said() -> None:
    found = document()
    found["waterfalls"][1] |= {"ready": False, "bodies": False, "useful": "wall"}
    text = said(found)
    assert f"{SLOW}: the kernel does not say who waits for a CPU, so that blocked holds it." in text
    assert f"{SLOW}: tasks cannot be told from what runs them, so that dearer work holds spinning." in text
    assert f"{SLOW}: the work waits, which is no loss; longer waits are dearer work." in text


def test_laws_are_sentences_by_case() -> None:
    laws = {"math/tasks:8": ["pool: Linear."], "": ["The law is not identifiable."]}
    text = shown(document(), laws=laws)
    assert "\nThe law of the speedups: math/tasks:8\n  pool: Linear.\n" in text
    assert "\nThe law of the speedups\n  The law is not identifiable.\n" in text


def test_many_causes_are_counted() -> None:
    text = said(document(advice=[CAUSE] * 503))
    assert text.count("tiny tasks") == 500 and "… and 3 more causes; --format=json has all." in text


@pytest.mark.parametrize("width", [40, 80, 120])
def test_lines_are_as_wide_as_the_terminal(width: int) -> None:
    assert max(map(len, shown(document(), width).splitlines())) <= max(width, 70)


def test_names_from_data_are_escaped() -> None:
    hostile = {key: f"{HOSTILE}\x1b[31m ::error::" for key in ("statement", "do")}
    found = document(advice=[CAUSE | hostile | {"evidence": [HOSTILE], "ruled_out": [HOSTILE]}])
    found["cells"][2] |= {"contender": HOSTILE, "case": HOSTILE}
    page, text = markdown.page(why.report(found)), shown(found)
    assert "<script>" not in page and "\\|b&lt;script&gt;" in page
    assert "\x1b" not in page + text and "::error::" not in page + text


def test_json_is_the_document() -> None:
    found = document()
    assert why.report(found).data() is found
    with pytest.raises(KeyError):
        why.report({})
