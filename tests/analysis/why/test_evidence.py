"""The evidence of states, as it is read: whole, or refused with what is wrong."""

from __future__ import annotations

import math
from typing import Any

import pytest

from scripts.analysis.why.evidence import states
from tests.analysis.why.builder import cell, entry, read


def test_every_process_of_a_cell_in_order() -> None:
    others = [{"observer": "placement", "version": 7, "cell": "a"}]
    entries = [{**cell(), "cell": name, "seen": seen} for name, seen in (("a", 3), ("b", 2), ("a", 4))]
    found = states([*entries[:2], *others, entries[2]])
    assert {name: [one.seen for one in rounds] for name, rounds in found.items()} == {"a": [3, 4], "b": [2]}
    assert [one.round for one in found["a"]] == [0, 1], "of a run that has no rounds"
    assert states([entries[0] | {"round": 5}])["a"][0].round == 5
    assert states([]) == states(others) == {}


def test_what_was_written_is_what_is_read() -> None:
    (one,) = read(entry(phases={"body": (1.0, 2.0, 0.5), "tail": (0.0, 0.25, -0.01)}, seconds=1.0))
    assert (one.body.running, one.body.ready, one.body.blocked, one.body.wall) == (1.0, 2.0, 0.5, 3.5)
    assert one.tail.blocked == -0.01, "what clocks make of it is kept"
    assert one.capacity == 4.0 and one.absent == pytest.approx(0.26)
    assert (one.voluntary, one.involuntary, one.minor, one.major, one.migrations) == (3, 4, 5, 0, None)
    assert one.system.cpus == 4.0 and one.reason == ""


def test_what_the_kernel_does_not_say_is_none() -> None:
    found = cell()
    found.update(source="cpu", reason="no schedstat", load_balance=None, sampled=None)
    found["system"] = dict.fromkeys(found["system"])
    for times in found["phases"].values():
        times.update(ready=None)
    (one,) = read(found)
    assert one.body.ready is None and one.body.wall == one.body.running
    assert (one.system.cpus, one.system.throttled_periods, one.load_balance) == (None, None, None)
    assert one.reason == "no schedstat"


REFUSED: dict[str, tuple[str, Any, str]] = {
    "another version": ("version", 2, "is of version 2, not 1: measure again"),
    "no name": ("cell", None, "has no cell, no source"),
    "another source": ("source", "guess", "has no cell, no source"),
    "bodies unknown": ("bodies", None, "has no cell, no source"),
    "no batch": ("batches", 0, "batches is 0, not a whole number from 1 up"),
    "part of a task": ("tasks", 1.5, "tasks is 1.5, not a whole number from 1 up"),
    "no time": ("seconds", 0, "has 0 seconds"),
    "endless": ("seconds", math.inf, "seconds is inf, not a finite number from 0 up"),
    "no number": ("absent", math.nan, "absent is nan, not a finite number"),
    "text": ("seconds", "1", "seconds is '1', not a finite number"),
    "true": ("workers", True, "workers is True, not a finite number"),
    "huge": ("tasks", 10**400, "tasks is 1000"),
    "no phases": ("phases", None, "phases: is None, not an object"),
    "a phase too few": ("phases", {"start": {}}, "phases.start: has no 'ready'"),
    "no system": ("system", [], "system: is [], not an object"),
    "not as long": ("seconds", 9.0, "phases and absent are"),
    "ready though not known": ("source", "cpu", "ready is 0.0, with 'cpu' as the source"),
}


@pytest.mark.parametrize("key, value, complaint", REFUSED.values(), ids=REFUSED)
def test_torn_evidence_is_refused(key: str, value: object, complaint: str) -> None:
    with pytest.raises(ValueError) as caught:
        states([{"observer": "other"}, {**cell(), key: value}])
    assert str(caught.value).startswith("evidence[1]") and complaint in str(caught.value)


@pytest.mark.parametrize("key", sorted(set(cell()) - {"observer", "threads"}))
def test_what_is_missing_is_named(key: str) -> None:
    found = cell()
    del found[key]
    with pytest.raises(ValueError, match=f"has no '{key}'"):
        states([found])


def test_times_that_cannot_be_are_refused() -> None:
    for place, state in enumerate(("running", "ready", "blocked")):
        times = [3.0, 3.0, 3.0]
        times[place] = -3.1
        with pytest.raises(ValueError, match=rf"evidence\[0\]: -3.1 s {state}, of 2.9 s"):
            states([entry(workers=1, phases={"body": (times[0], times[1], times[2])})])
        times[place] = -2.9
        assert read(entry(workers=1, phases={"tail": (times[0], times[1], times[2])})), "which clocks may do"
    with pytest.raises(ValueError, match=r"evidence\[0\]: is 'torn', not an object"):
        states(["torn"])
    more = read(entry(phases={"body": (5.0, 0.0, 0.0)}, seconds=1.0))
    assert more[0].absent == -1.0, "more workers than declared"
