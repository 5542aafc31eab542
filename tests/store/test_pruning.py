"""What is taken out of a store, and what stays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scripts.store import recorded
from scripts.store.database.address import StoreError
from scripts.store.database.connection import Store
from scripts.store.integrity import check
from scripts.store.pruning import Unwanted, prune
from tests.store.making import BUILD, MACHINE, keep, outcome, rows, run

OLD = replace(run(1), branch="topic")
DIRTY = replace(run(2), dirty=True)
OTHER = replace(
    run(3),
    machine=replace(MACHINE, memory=16.0),
    outcomes=(outcome("other", (1.0,), replace(BUILD, flags="-O2")),),
)
UNTIMED = replace(run(4), measured_at=None)


@pytest.fixture
def filled(store: Store) -> Store:
    keep(store, OLD, DIRTY, OTHER, UNTIMED)
    return store


def left(store: Store) -> list[str]:
    return store.read(recorded.digests)


@pytest.mark.parametrize(
    ("unwanted", "gone"),
    [
        (Unwanted([OLD.digest[:12], OTHER.digest]), [OLD, OTHER]),
        (Unwanted(before=1.5e9 + 3), [OLD, DIRTY]),
        (Unwanted(before=1.7e9), [OLD, DIRTY, OTHER, UNTIMED]),  # by when it was recorded
        (Unwanted(branch="topic"), [OLD]),
        (Unwanted(dirty=True), [DIRTY]),
        (Unwanted(dirty=True, branch="topic"), []),
        (Unwanted(before=0.0), []),
    ],
)
def test_what_is_all_of_this_is_gone(filled: Store, unwanted: Unwanted, gone: list[Any]) -> None:
    digests = {each.digest for each in gone}
    assert set(prune(filled, unwanted, dry=True)) == digests and len(left(filled)) == 4
    assert set(prune(filled, unwanted, dry=False)) == digests
    assert set(left(filled)) == {each.digest for each in (OLD, DIRTY, OTHER, UNTIMED)} - digests
    assert check(filled, lambda _: None).faults == ()


def test_nothing_is_left_that_nothing_refers_to(filled: Store) -> None:
    prune(filled, Unwanted([OTHER.digest]), dry=False)

    assert rows(filled) == {
        "fanout_store": 1, "machine": 1, "build": 1, "commits": 3, "run": 3,
        "cell": 1, "parameter": 2, "outcome": 3, "sample": 9,
    }  # fmt: skip
    assert keep(filled, OTHER, OTHER) == [True, False]
    assert check(filled, lambda _: None).faults == ()


@pytest.mark.parametrize("digest", ["", "f" * 64, "%", "' OR 1=1 --"])
def test_a_digest_has_to_mean_one_run(filled: Store, digest: str) -> None:
    with pytest.raises(StoreError, match="several runs begin|no such run begins"):
        prune(filled, Unwanted([digest]), dry=False)
    assert len(left(filled)) == 4
