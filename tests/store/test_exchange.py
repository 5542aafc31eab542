"""A store goes through lines of JSON into another one, whatever their databases."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts.store import recorded
from scripts.store.database import schema
from scripts.store.database.address import StoreError
from scripts.store.database.connection import Store
from scripts.store.exchange import exported, imported, write
from scripts.store.values import Commit
from tests.store.conftest import KINDS, Open, new_url
from tests.store.making import BUILD, failed, keep, outcome, run


def full(store: Store) -> Store:
    """With something of everything."""
    one = run(1, {"a": (0.1, 1e-12), "b": (1 / 3,)})
    other = replace(run(2), commit=Commit("abc1234", None, None, None), dirty=True, measured_at=None)
    hostile = outcome(
        "'; DROP TABLE run; --\n\u2028\U0001f600", (5e-324, 1.7e308), replace(BUILD, pinned=None)
    )
    keep(store, replace(one, outcomes=(*one.outcomes, failed("c"))), other, replace(run(3), commit=None))
    keep(store, replace(run(4), outcomes=(hostile,)), replace(run(5), outcomes=()))
    return store


@pytest.mark.parametrize("to", KINDS)
def test_nothing_is_lost_on_the_way(
    store: Store, to: str, opened: Open, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    lines = list(exported(full(store)))
    (tmp_path / "other").mkdir()
    other = opened(new_url(to, request, tmp_path / "other"))
    assert imported(other, lines) == (5, 5)
    assert list(exported(other)) == lines and len(lines) == 6
    assert imported(other, lines) == (0, 5) and list(exported(other)) == lines


def test_lines_are_lines(store: Store) -> None:
    """Also for what takes other characters for an end of line."""
    assert all(line.count("\n") == 1 and line.endswith("\n") for line in exported(full(store)))


def altered(line: str, *path: str | int, value: Any) -> str:
    entry = one = json.loads(line)
    for key in path[:-1]:
        one = one[key]
    one[path[-1]] = value
    return json.dumps(entry)


SAMPLE = ("outcomes", 0, "samples", 0)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ((*SAMPLE, "seconds"), 0.5, "line 3 was changed or torn"),
        (("context",), "{}", "line 3 was changed or torn"),
        ((*SAMPLE, "seconds"), "0.5", "line 3 is no run of an export: seconds is '0.5', not float"),
        ((*SAMPLE, "place"), True, "place is True, not int"),
        (("dirty",), 1, "dirty is 1, not bool"),
        (("branch",), None, "branch is None, not str"),
        (("commit",), [], "line 3"),
        (("outcomes",), 3, "line 3 is no run"),
        (("outcomes", 0, "cell", "workers"), 2.5, "workers is 2.5, not int"),
        (("machine", "memory"), 10**400, "line 3 is no run"),
    ],
)
def test_what_was_changed_is_refused(
    opened: Open, tmp_path: Path, path: tuple[str | int, ...], value: Any, said: str
) -> None:
    store = opened(f"sqlite:///{tmp_path}/store.sqlite")
    keep(store, run(1), run(2))
    head, first, second = exported(store)
    other = opened(f"sqlite:///{tmp_path}/other.sqlite")
    with pytest.raises(StoreError, match=said):
        imported(other, [head, first, altered(second, *path, value=value)])
    assert other.read(recorded.digests) == [run(1).digest]  # what came before stays
    assert imported(other, [head, first, second]) == (1, 2)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["{}\n"], "line 1 is no run of an export: the first line does not say"),
        (['{"fanout_history":true}\n'], "the first line does not say"),
        (["[" * 100_000], "line 1 is no run of an export"),
        (["no JSON"], "line 1 is no run of an export"),
        ([], "holds nothing"),
    ],
)
def test_what_is_no_export_is_refused(opened: Open, tmp_path: Path, lines: list[str], said: str) -> None:
    with pytest.raises(StoreError, match=said):
        imported(opened(f"sqlite:///{tmp_path}/store.sqlite"), lines)


def test_a_torn_export_is_told(opened: Open, tmp_path: Path) -> None:
    store = opened(f"sqlite:///{tmp_path}/store.sqlite")
    keep(store, run(1))
    head, line = exported(store)
    with pytest.raises(StoreError, match="line 2 is no run of an export"):
        imported(opened(f"sqlite:///{tmp_path}/other.sqlite"), [head, line[: len(line) // 2]])


def test_a_newer_one_is_refused_with_both_versions(opened: Open, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=f"version 7, and this fanout knows up to {schema.VERSION}"):
        imported(opened(f"sqlite:///{tmp_path}/store.sqlite"), ['{"fanout_history":7}\n'])


def test_an_export_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    def torn() -> Any:
        yield "one\n"
        raise StoreError("the connection was lost")

    (path := tmp_path / "export").write_text("older")
    with pytest.raises(StoreError):
        write(path, torn())
    assert path.read_text() == "older"
    write(path, ["new\n"])
    assert path.read_text() == "new\n" and list(tmp_path.iterdir()) == [path]
