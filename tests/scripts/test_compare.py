"""fanout compare: every state, and the exit status of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.scripts.comparing import HOSTILE, A, B, C, Compare, Write, states, times


def test_each_state(write: Write, compare: Compare) -> None:
    base = write(
        "base", {A: times(100, 1), B: times(50, 2), C: times(30, 3), HOSTILE: times(9, 4, scatter=0.1)}
    )
    new = write(
        "new", {A: times(110, 5), B: times(45, 6), C: times(30, 7), HOSTILE: times(9, 8, scatter=0.1)}
    )
    status, said = compare(base, new)
    assert (status, said["verdict"]) == (1, "regression")
    assert states(said) == {A: "slower", B: "faster", C: "same", HOSTILE: "inconclusive"}
    slower, *_, unsure = said["cells"]
    assert (
        slower["ratio"] == pytest.approx(1.1, rel=0.01)
        and slower["low"] > 1.03
        and slower["samples"] == [10, 10]
    )
    assert unsure["detectable"] > 0.1 and unsure["needed"] > 10
    assert slower["error"] <= 0.01 / 4, "the error is divided among four cells"
    assert said["base"]["commit"] == "base" and said["new"]["label"] == "new"


def test_nothing_changed_is_a_pass(write: Write, compare: Compare) -> None:
    status, said = compare(write("base", {A: times(100, 1)}), write("new", {A: times(100.1, 2)}))
    assert (status, said["verdict"], states(said)) == (0, "pass", {A: "same"})
    assert any("measured at different times" in note for note in said["notes"])


def test_inconclusive_is_no_pass_and_no_failure(write: Write, compare: Compare) -> None:
    wide = [times(100, seed, scatter=0.1) for seed in (1, 2)]
    status, said = compare(write("base", {A: wide[0]}), write("new", {A: wide[1]}))
    assert (status, said["verdict"]) == (0, "inconclusive") and "PASS" not in said["sentence"]
    assert "a slowdown below" in said["sentence"]


def test_the_margin_decides(write: Write, compare: Compare) -> None:
    base, new = write("base", {A: times(100, 1)}), write("new", {A: times(110, 2)})
    assert compare(base, new, "--margin=3")[0] == 1
    assert compare(base, new, "--margin=20%")[0] == 0


@pytest.mark.parametrize(
    "base_failures, new_failures, reason",
    [
        ({}, {B: ("crash", "killed by SIGSEGV")}, "NEW: crash: killed by SIGSEGV"),
        ({}, {B: ("unavailable", "no library")}, "NEW: unavailable: no library"),
        ({}, {}, "NEW: missing"),
        ({B: ("timeout", "60 s")}, None, "BASE: timeout: 60 s"),
    ],
)
def test_a_cell_of_one_side_is_3(
    write: Write, compare: Compare, base_failures: Any, new_failures: Any, reason: str
) -> None:
    """In each case the other cell is fine, and is judged."""
    sides: list[dict[str, Sequence[float]]] = [
        {A: times(100, 1), B: times(50, 2)},
        {A: times(100, 3), B: times(50, 4)},
    ]
    del sides[0 if base_failures else 1][B]
    status, said = compare(write("base", sides[0], base_failures), write("new", sides[1], new_failures or {}))
    assert (status, said["verdict"], states(said)) == (3, "incomparable", {A: "same", B: "invalid"})
    assert said["cells"][-1]["reason"] == reason


def test_a_regression_outranks_a_missing_cell(write: Write, compare: Compare) -> None:
    status, said = compare(
        write("base", {A: times(100, 1), B: times(50, 2)}), write("new", {A: times(150, 3)})
    )
    assert status == 1 and "1 slower and 1 invalid of 2" in said["sentence"]


def test_what_neither_side_has_is_left_out_with_a_note(write: Write, compare: Compare) -> None:
    base = write("base", {A: times(100, 1)}, {B: ("unavailable", "no library"), C: ("crash", "here")})
    new = write(
        "new",
        {A: times(100, 2), HOSTILE: times(1, 3)},
        {B: ("unavailable", "no library"), C: ("crash", "too")},
    )
    status, said = compare(base, new)
    assert (status, states(said)) == (0, {A: "same"})
    assert {
        f"Unavailable on both sides, so left out: {B}.",
        f"No time on either side, so left out: {C}.",
        f"Only in NEW, so left out: {HOSTILE}.",
    } <= set(said["notes"])


def test_a_library_that_is_new_here_is_only_in_new(write: Write, compare: Compare) -> None:
    base = write("base", {A: times(100, 1)}, {B: ("unavailable", "no library")})
    status, said = compare(base, write("new", {A: times(100, 2), B: times(50, 3)}))
    assert status == 0 and f"Only in NEW, so left out: {B}." in said["notes"]


@pytest.mark.parametrize("cells", [{}, {B: times(1, 1)}])
def test_nothing_to_compare_is_3(write: Write, compare: Compare, cells: dict[str, list[float]]) -> None:
    status, said = compare(write("base", {}), write("new", cells))
    assert (status, said["cells"]) == (3, [])


def test_cold_cells_are_compared_too(write: Write, compare: Compare) -> None:
    cold = "math/pool/workers:2/lifecycle:cold/size:1"
    status, said = compare(write("base", {cold: times(100, 1)}), write("new", {cold: times(150, 2)}))
    assert (status, states(said)) == (1, {cold: "slower"})
