"""A history, commit after commit."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.analysis.history.changes import History
from scripts.analysis.history.parameters import PARAMETERS
from scripts.analysis.verdict import Verdict
from tests.analysis.history.made import CELLS, Duets, fed, times, verdict

SLOWER, FASTER = verdict("slower", 1.08), verdict("faster", 0.92)


def states(history: History) -> list[tuple[str, str]]:
    return [(one.cell, one.state) for one in history.changes]


def test_a_slower_commit_is_found_and_confirmed_by_builds_on_both_sides() -> None:
    rows = times(40)
    rows[20:, 2] *= 1.08
    duets = Duets({"2": SLOWER})
    (change,) = fed(rows, duets).changes
    assert (change.cell, change.commit, change.state, change.alerts) == ("2", "c20", "confirmed", True)
    assert change.size == 1.08 and change.seen <= 23
    ((cell, base, new),) = duets.asked
    assert (cell, base) == ("2", "c12") and new in ("c21", "c22", "c23")


def test_an_improvement_is_found_by_the_same_rule() -> None:
    rows = times(40)
    rows[20:, 2] /= 1.08
    (change,) = fed(rows, Duets({"2": FASTER})).changes
    assert change.state == "confirmed" and change.size < 1 and change.commit == "c20"


def test_what_is_slower_and_measured_faster_is_refuted() -> None:
    rows = times(30)
    rows[20:, 2] *= 1.08
    assert states(fed(rows, Duets({"2": FASTER}))) == [("2", "refuted")]


def test_a_change_is_found_while_the_machine_wanders() -> None:
    """Without the common mode each cell's noise would be the machine's."""
    rows = times(40) * np.exp(np.random.default_rng(2).normal(0, 0.1, (40, 1)))
    rows[20:, 2] *= 1.08
    history = fed(rows, Duets({"2": SLOWER}))
    assert [one.commit for one in history.changes if one.alerts] == ["c20"]
    assert {one.cell for one in history.changes if one.cell} == {"2"}


@pytest.mark.parametrize("canary, duets", [("5", 0), ("", 1)])
def test_a_machine_step_moves_all_and_nominates_no_cell(canary: str, duets: int) -> None:
    rows = times(40)
    rows[20:] *= 1.05
    asked = Duets()
    history = fed(rows, asked, canary)
    assert states(history) == [("", "moved with the machine")]
    assert history.changes[0].commit == "c20" and len(asked.asked) == duets


def test_what_all_cells_do_and_the_canary_does_not_is_the_program() -> None:
    rows = times(40)
    rows[20:, :5] *= 1.05
    history = fed(rows, Duets(other=verdict("slower", 1.05)), "5")
    assert states(history) == [("", "confirmed")]


@pytest.mark.parametrize("found", [verdict("same"), verdict("inconclusive")])
def test_a_cell_that_moves_at_a_machine_step_moved_with_it(found: Verdict) -> None:
    rows = times(40)
    rows[20:] *= 1.05
    rows[20:, 2] *= 1.05
    assert set(states(fed(rows[:33], Duets(other=found), "5"))) == {
        ("", "moved with the machine"),
        ("2", "moved with the machine"),
    }


def test_undecided_duets_are_repeated_further_apart_and_given_up() -> None:
    rows = times(60)
    rows[30:, 2] *= 1.08
    duets = Duets({"2": verdict("inconclusive")})
    change = fed(rows, duets).changes[0]
    assert change.state == "refuted" and change.place == 30 and change.duets > 1
    assert change.seen == 30 + PARAMETERS.splits
    asked = [(int(base[1:]), int(new[1:])) for _, base, new in duets.asked[: change.duets]]
    further = [(first - base, last - new) for (first, new), (base, last) in zip(asked, asked[1:])]
    assert all(before == PARAMETERS.wider and after > 0 for before, after in further), asked


def test_without_a_duet_it_stays_suspected_and_is_asked_for_again() -> None:
    rows = times(40)
    rows[30:, 2] *= 1.08
    duets = Duets({"2": None})
    (change,) = fed(rows, duets).changes
    assert change.state == "suspected" and not change.alerts and change.duets == 0 and len(duets.asked) > 1


def test_after_a_change_another_one_is_looked_for_from_there_on() -> None:
    rows = times(50)
    rows[20:, 2] *= 1.08
    rows[26:, 2] *= 1.08
    duets = Duets({"2": SLOWER})
    assert [one.commit for one in fed(rows, duets).changes] == ["c20", "c26"]
    assert all(int(base[1:]) >= 20 for _, base, _ in duets.asked[1:]), "not across the last change"


def test_what_is_taken_back_is_fixed() -> None:
    rows = times(60)
    rows[20:40, 2] *= 1.08

    def duet(cell: str, base: str, new: str) -> object:
        return SLOWER if base < "c25" else verdict("faster", 1 / 1.08)

    history = History(duet)  # type: ignore[arg-type]
    assert states(fed(rows, Duets(), history=history)) == [("2", "fixed"), ("2", "confirmed")]


def test_nothing_comes_from_later_commits_and_twice_is_the_same() -> None:
    rows = times(60, noise=0.02)
    rows[20:, 2] *= 1.08
    rows[41:, 4] *= 1.2
    whole = fed(rows, Duets({"2": SLOWER, "4": SLOWER})).changes
    assert whole == fed(rows, Duets({"2": SLOWER, "4": SLOWER})).changes
    early = fed(rows[:35], Duets({"2": SLOWER, "4": SLOWER})).changes
    assert (
        [one for one in whole if one.seen < 35 and one.alerts] == [one for one in early if one.alerts] != []
    )


def test_cells_come_and_go() -> None:
    rows, history = times(60), History(Duets({"late": SLOWER}))
    for place, row in enumerate(rows):
        cells = {str(cell): time for cell, time in enumerate(row.tolist())}
        if place > 10 and place % 2:
            cells["late"] = row[0] * (1.08 if place >= 41 else 1)
        history.add(f"c{place}", cells)
    assert [(one.cell, one.commit) for one in history.changes if one.alerts] == [("late", "c41")]


@pytest.mark.parametrize("time", [0.0, -1.0, float("nan"), float("inf")])
def test_a_time_that_is_none_is_refused(time: float) -> None:
    history = fed(times(3), Duets())
    with pytest.raises(ValueError, match="c9: a history needs times above 0"):
        history.add("c9", {"0": time})
    assert len(fed(times(3), Duets(), history=history).changes) == 0


def test_a_commit_without_a_time_changes_nothing() -> None:
    history = History(Duets())
    history.add("c0", {})
    assert fed(times(30), Duets(), history=history).changes == [] and CELLS >= PARAMETERS.fewest_cells
