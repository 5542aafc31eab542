"""What a change may become."""

from __future__ import annotations

from typing import get_args

import pytest

from scripts.analysis.history.state import TRANSITIONS, Change, Event, Impossible, State
from tests.analysis.history.made import verdict

SUSPECTED = Change("a", "c5", 5, 7, "c2", "c7", (2, 7), 1.05, 5.0)
CONFIRMED = SUSPECTED.judged(verdict("slower", 1.06))


def test_only_confirmed_ones_alert() -> None:
    for state in get_args(State):
        assert Change("a", "c5", 5, 7, "c2", "c7", (2, 7), 1.05, 5.0, state=state).alerts == (
            state == "confirmed"
        )


def test_what_is_not_in_the_table_is_impossible() -> None:
    for state in get_args(State):
        for event in get_args(Event):
            change = Change("a", "c5", 5, 7, "c2", "c7", (2, 7), 1.05, 5.0, state=state)
            if (state, event) in TRANSITIONS:
                assert change.after(event).state == TRANSITIONS[state, event]
            else:
                with pytest.raises(Impossible, match=f"{event}, but it is {state}"):
                    change.after(event)


@pytest.mark.parametrize(
    "found, machine, state",
    [
        (verdict("slower", 1.06), False, "confirmed"),
        (verdict("slower", 1.06), True, "confirmed"),
        (verdict("faster", 0.9), False, "refuted"),
        (verdict("same"), False, "refuted"),
        (verdict("same"), True, "moved with the machine"),
        (verdict("inconclusive"), False, "suspected"),
        (verdict("invalid"), True, "suspected"),
    ],
)
def test_a_duet_decides(found: object, machine: bool, state: str) -> None:
    change = SUSPECTED.judged(found, machine)  # type: ignore[arg-type]
    assert (change.state, change.duets, change.verdict) == (state, 1, found)


def test_the_size_of_a_confirmed_one_is_the_measured_one() -> None:
    assert CONFIRMED.size == 1.06 and SUSPECTED.judged(verdict("same", 1.01)).size == 1.05


def test_an_acknowledgement_holds_until_its_last_day() -> None:
    known = CONFIRMED.acknowledge("ci", "2026-03-31", "a price worth paying")
    assert not known.alerts and known.acknowledged and known.acknowledged.reason == "a price worth paying"
    assert known.on("2026-03-31") == known and known.on("2026-04-01").alerts
    assert CONFIRMED.on("2026-04-01") == CONFIRMED
    with pytest.raises(Impossible):
        SUSPECTED.acknowledge("ci", "2026-03-31", "not confirmed yet")


def test_what_a_later_change_takes_back() -> None:
    back = Change("a", "c9", 9, 9, "c6", "c9", (6, 9), 1 / 1.07, 5.0).judged(verdict("faster", 1 / 1.07))
    assert CONFIRMED.undone_by(back, 0.02) and not CONFIRMED.undone_by(back, 0.001)
    assert not SUSPECTED.undone_by(back, 0.02) and not CONFIRMED.undone_by(CONFIRMED, 0.02)
    known = CONFIRMED.acknowledge("ci", "2026-03-31", "later")
    assert known.undone_by(back, 0.02) and known.after("undone").state == "fixed"
