"""What goes into a store comes out again, once and whole."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from scripts.store import recorded
from scripts.store.database.connection import Store
from scripts.store.integrity import check
from scripts.store.series import series
from scripts.store.values import Build, Cell, Commit, Failure, Machine, Outcome, Parameter, Run, storable
from tests.store.making import BUILD, MACHINE, cell, failed, keep, outcome, rows, run

HOSTILE = [
    "'; DROP TABLE run; --",
    '"\\%_?:x %(digest)s {0} $1',
    "\x00 \ud800 \x1b[31m \u202e",
    "x" * 10_000,
    "",
    "\U0001f600 \r\n\t",
]


def stored(store: Store, digest: str) -> Run:
    found = store.read(lambda connection: recorded.stored(connection, digest))
    assert found is not None
    return found


def in_order(one: Run) -> Run:
    return replace(one, outcomes=tuple(sorted(one.outcomes, key=lambda each: str(each.cell.digest))))


def test_all_of_it_comes_back(store: Store) -> None:
    one = run(1, {"a": (0.1, 1e-9, 3e5), "b": (1 / 3,)})
    one = replace(one, outcomes=(*one.outcomes, failed("c")))
    assert keep(store, one) == [True]
    assert in_order(stored(store, one.digest)) == in_order(one)


@pytest.mark.parametrize(
    "bare",
    [
        {"commit": None, "measured_at": None, "branch": ""},
        {"commit": Commit("abc1234", None, None, None), "dirty": True},
        {"commit": Commit("0" * 40, (), 0.0, 1)},
        {"machine": Machine("", "", None, "", "", "", None, "[]")},
        {"outcomes": ()},
        {"outcomes": (Outcome(cell(), replace(BUILD, pinned=None), (), Failure("run", "{}", "")),)},
    ],
)
def test_what_is_unknown_stays_unknown(store: Store, bare: dict[str, Any]) -> None:
    one = run(1, **bare)
    keep(store, one)
    assert stored(store, one.digest) == one


def test_the_same_content_is_recorded_once(store: Store) -> None:
    one = run(1, {"a": (1.0, 2.0), "b": (1.0,)})
    assert keep(store, one, one) == [True, False]
    before = rows(store)
    again = replace(one, outcomes=one.outcomes[::-1], recorded_at=9e9, branch="other")
    assert keep(store, again) == [False] and rows(store) == before
    assert in_order(stored(store, one.digest)) == in_order(one)


def test_other_samples_are_another_run(store: Store) -> None:
    assert keep(store, run(1, {"a": (1.0,)}), run(1, {"a": (1.5,)})) == [True, True]
    found = rows(store)
    assert (found["run"], found["cell"], found["machine"], found["build"], found["commits"]) == (
        2,
        1,
        1,
        1,
        1,
    )
    assert (found["parameter"], found["outcome"], found["sample"]) == (2, 2, 2)


def test_a_commit_may_be_said_later(store: Store) -> None:
    one = run(1)
    keep(store, replace(one, commit=None, branch=""), one, replace(one, commit=Commit("f" * 40, (), 1.0, 1)))
    assert stored(store, one.digest) == one


def test_a_commit_may_become_known_later(store: Store) -> None:
    shallow = replace(run(1), commit=Commit(f"{1:040x}", None, None, None))
    keep(store, shallow, run(1, {"other": (1.0,)}))
    assert stored(store, shallow.digest).commit == run(1).commit


def filled(kind: type, text: str, **given: Any) -> Any:
    """One of a class whose texts are all the same."""
    values = {each.name: text for each in fields(kind) if str(each.type) == "str"}
    return kind(**values | given)


@pytest.mark.parametrize("text", map(storable, HOSTILE), ids=range(len(HOSTILE)))
def test_hostile_names_are_names(store: Store, text: str) -> None:
    """In every field that can hold a text from data."""
    one = Outcome(
        filled(Cell, text, workers=1, parameters=(Parameter(text, text, None),)),
        filled(Build, text, pinned=None),
        (),
        Failure(text, text, text),
    )
    machine = filled(Machine, text, effective_cpus=None, memory=None)
    hostile = filled(
        Run,
        text,
        commit=None,
        dirty=False,
        measured_at=0.0,
        recorded_at=0.0,
        machine=machine,
        outcomes=(one,),
    )
    keep(store, hostile, run(2))
    assert stored(store, hostile.digest) == hostile
    assert [each.cell.name for each in store.read(series)] == sorted([text, "spin/pool"])
    assert check(store, lambda _: None).faults == ()


def test_what_no_database_takes_is_spelt_out() -> None:
    assert storable({"a\0": ["\ud800", 1e999, 1, None, True]}) == {"a\\x00": ["\\ud800", None, 1, None, True]}


def test_a_cell_is_told_by_its_fields_alone() -> None:
    """A parameter that is new, or another name for it, begins no new series."""
    one = cell("a")
    assert one.digest == replace(one, parameters=(), name="b", family="c", kind="d").digest
    other = {"project": "x", "case": "x", "contender": "x", "workers": 3, "lifecycle": "cold", "unit": "run"}
    assert len({one.digest, *(replace(one, **{key: value}).digest for key, value in other.items())}) == 7
    assert outcome("a", [2.0, 1.0, 4.0]).median == 2.0 and failed("a").median is None
    assert MACHINE.digest != replace(MACHINE, memory=16.0).digest
