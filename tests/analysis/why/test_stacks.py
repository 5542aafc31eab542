"""Stacks of functions: added up, folded, and as speedscope has them."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.analysis.why.stacks import SPEEDSCOPE, folded, speedscope, stacks


def evidence(*found: tuple[list[Any], bool, int], **more: Any) -> dict[str, Any]:
    listed = [{"frames": frames, "in_task": in_task, "count": count} for frames, in_task, count in found]
    return {
        "observer": "samples",
        "version": 1,
        "cell": "w/pool",
        "seconds": 0.5,
        "dropped": 0,
        "bodies": True,
        "stacks": listed,
    } | more


TASK, SPIN = ["main", "run", "task"], ["main", "wait; for all"]


def test_processes_of_a_cell_are_added_up() -> None:
    other = {"observer": "states", "cell": "w/pool"}
    (found,) = stacks(
        [evidence((TASK, True, 3), (SPIN, False, 1)), other, evidence((TASK, True, 2), dropped=4)]
    ).values()
    assert found.counts == {tuple(TASK): 5, tuple(SPIN): 1} and found.tasks[tuple(TASK)] == 5
    assert (found.samples, found.seconds, found.dropped) == (6, 1.0, 4)


def test_tasks_that_one_process_cannot_tell_are_not_told() -> None:
    (found,) = stacks([evidence((TASK, True, 3)), evidence((TASK, False, 1), bodies=False)]).values()
    assert not found.bodies and found.samples == 4


def test_frames_that_nobody_has_resolved_have_the_names_that_libraries_export() -> None:
    frames = [
        {"module": "/usr/lib/libx.so.1", "offset": 3, "symbol": "x"},
        {"module": "/usr/lib/libx.so.1", "offset": 9, "symbol": None},
    ]
    frames.append({"module": None, "offset": 1, "symbol": None})
    (found,) = stacks([evidence(([2, 0, 1], True, 1), frames=frames)]).values()
    assert list(found.counts) == [("[unknown]", "x", "[libx.so.1]")]


def test_folded_stacks_are_lines_without_what_separates_them() -> None:
    (found,) = stacks([evidence((SPIN, False, 2), (TASK, True, 7))]).values()
    assert folded(found) == "main;run;task 7\nmain;wait for all 2\n"


def test_speedscope_has_a_sample_a_stack() -> None:
    """Source of the rules: the schema that SPEEDSCOPE names."""
    (found,) = stacks([evidence((SPIN, False, 2), (TASK, True, 7))]).values()
    document = speedscope(found)
    (profile,) = document["profiles"]
    names = [frame["name"] for frame in document["shared"]["frames"]]
    assert document["$schema"] == SPEEDSCOPE and (profile["type"], profile["unit"]) == ("sampled", "none")
    assert [[names[at] for at in sample] for sample in profile["samples"]] == [SPIN, TASK]
    assert profile["weights"] == [2, 7] and profile["endValue"] - profile["startValue"] == 9
    assert len(names) == len(set(names)) == 4


@pytest.mark.parametrize(
    "broken",
    [
        {"version": 2},
        {"stacks": [{"frames": [], "in_task": True, "count": 1}]},
        {"stacks": [{"frames": ["a"], "in_task": True, "count": 0}]},
        {"stacks": [{"frames": [7], "in_task": True, "count": 1}]},
        {"stacks": [{"frames": ["a"]}]},
        {"stacks": 3},
        {"bodies": None},
        {"seconds": "long"},
    ],
)
def test_what_is_torn_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"evidence\[0\]: no samples of a cell: "):
        stacks([evidence((TASK, True, 1)) | broken])
