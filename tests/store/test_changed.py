"""What seems to have changed over the commits of a store."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from random import Random

import pytest

from scripts import history
from scripts.store.changed import Changed, changes
from scripts.store.database.connection import Store
from scripts.store.record import record
from scripts.store.series import series
from scripts.store.values import Run
from tests.store.conftest import Open
from tests.store.making import BUILD, MACHINE, commit, keep, outcome, run

CELLS = [f"spin/{letter}" for letter in "abcdef"]
Factor = Callable[[str, int], float]


def fill(store: Store, factor: Factor, commits: int = 30, **more: object) -> None:
    """Runs of so many commits, whose cells take a second, 1 % more or less, times the factor."""
    draw = Random(1)
    at_once(
        store,
        (
            replace(
                run(number, {name: [factor(name, number) * draw.uniform(0.99, 1.01)] for name in CELLS}),
                **more,
            )
            for number in range(1, commits + 1)
        ),
    )


def at_once(store: Store, runs: Iterable[Run]) -> None:
    """In one transaction, for speed."""
    kept = [*runs]
    store.write(lambda connection: [record(connection, one) for one in kept])


def found(store: Store) -> list[Changed]:
    return changes(store.read(series))


def slower(name: str, number: int) -> float:
    return 1.2 if name == "spin/c" and number >= 18 else 1.0


def near(one: Changed) -> bool:
    """Told at the 18th commit, or a few commits off: exact is what a bisection makes it."""
    return abs(int(one.change.commit, 16) - 18) <= 3


def test_the_cell_and_the_commit_are_found(store: Store) -> None:
    fill(store, slower)
    (one,) = found(store)
    assert one.change.cell == "spin/c" and near(one)
    assert one.change.state == "suspected" and not one.change.alerts
    assert one.change.size == pytest.approx(1.2, rel=0.02)
    assert (one.project, one.branch, one.machine) == ("mine", "main", MACHINE)
    assert (
        one.commits == 31 - int(one.change.commit, 16) and one.time == commit(31 - one.commits).committed_at
    )
    assert int(one.change.base, 16) < 18 <= int(one.change.new, 16)


def test_where_nothing_changes_nothing_is_found(store: Store) -> None:
    fill(store, lambda name, number: 1.0)
    assert found(store) == []


def test_what_all_cells_do_alike_is_none_of_theirs(store: Store) -> None:
    fill(store, lambda name, number: 1.1 if number >= 18 else 1.0)
    (one,) = found(store)
    assert one.change.cell == "" and near(one)


def test_commits_are_in_their_order(store: Store) -> None:
    """Recorded as a bisection would, and with times that a rebase has turned round."""
    draw = Random(2)
    at_once(
        store,
        (
            replace(
                run(number, {name: [slower(name, number) * draw.uniform(0.99, 1.01)] for name in CELLS}),
                commit=commit(number, committed_at=1e9 - number),
            )
            for number in draw.sample(range(1, 31), 30)
        ),
    )
    (one,) = found(store)
    assert one.change.cell == "spin/c" and near(one)


def test_another_machine_branch_or_build_is_no_change(store: Store) -> None:
    new: dict[str, object] = {"machine": replace(MACHINE, cpu_model="Model Y")}
    other = tuple(outcome(name, (9.0,), replace(BUILD, flags="-O0")) for name in CELLS)
    at_once(store, (run(number, {name: [1.0] for name in CELLS}) for number in range(1, 21)))
    at_once(store, (replace(run(number, {name: [1.5] for name in CELLS}), **new) for number in range(21, 41)))
    at_once(store, (replace(run(number), outcomes=other, **new) for number in range(41, 60)))
    fill(store, lambda name, number: 2.0, branch="topic", measured_at=2e9)
    assert found(store) == []


def test_what_tells_nothing_is_left_out(store: Store) -> None:
    """Clocks that see no time, and results of no commit."""
    fill(store, lambda name, number: 0.0 if name == "spin/a" else slower(name, number))
    keep(store, replace(run(99, {name: [50.0] for name in CELLS}), commit=None))
    assert [one.change.cell for one in found(store)] == ["spin/c"]


def test_they_are_listed(url: str, opened: Open, capsys: pytest.CaptureFixture[str]) -> None:
    fill(opened(url), slower)
    assert history.main(["list", "changes", f"--store={url}"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "spin/c +" in text and "mine, main" in text
    assert "1 change suspected" in text
    assert history.main(["list", "changes", f"--store={url}", "--cell=spin/a", "--format=json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"changes": []}
    assert history.main(["list", "changes", f"--store={url}", "--format=json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["changes"]
    assert one["change"]["cell"] == "spin/c" and one["change"]["state"] == "suspected"
