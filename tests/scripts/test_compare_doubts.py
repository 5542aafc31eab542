"""fanout compare: what has to be known beside the verdicts, and cells that prove nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.scripts.comparing import A, Compare, Write, states, times


def test_the_same_results_twice_are_noticed(write: Write, compare: Compare) -> None:
    base = write("base", {A: times(100, 1)})
    status, said = compare(base, base)
    assert status == 0 and "BASE and NEW are the same results: there is nothing to find." in said["notes"]


def test_the_same_commit_is_noticed(write: Write, compare: Compare) -> None:
    same = {"context": {"commit": "abc"}}
    base, new = write("base", {A: times(100, 1)}, **same), write("new", {A: times(100, 2)}, **same)
    assert any("commit abc, built alike (A/A)" in note for note in compare(base, new)[1]["notes"])
    other = write("new", {A: times(100, 2)}, context={"commit": "def"})
    assert not any("A/A" in note for note in compare(base, other)[1]["notes"])


def test_repetitions_of_one_process_are_one_sample(write: Write, compare: Compare) -> None:
    """20 repetitions a side that differ by 20 % prove nothing: two processes do so by themselves."""
    alone = {"context": {"rounds": None}}
    files = [write("base", {A: times(100, 1, 20)}, **alone), write("new", {A: times(120, 2, 20)}, **alone)]
    for file in files:
        document = json.loads(Path(file).read_text())
        del document["context"]["rounds"]
        Path(file).write_text(json.dumps(document))
    status, said = compare(*files)
    assert (status, states(said), said["cells"][0]["samples"]) == (0, {A: "inconclusive"}, [1, 1])
    assert any("NEW is a single process" in note for note in said["notes"])


def test_disturbed_cells_are_invalid(write: Write, compare: Compare) -> None:
    def marked(steal: int) -> dict[str, Any]:
        marks = {"foreign": 1, "steal": steal, "throttled": "often"}
        return {A: {"stop_reason": "precise", "samples": 10, "marks": marks}}

    base = write("base", {A: times(100, 1)}, statistics=marked(5))
    assert compare(base, write("new", {A: times(150, 2)}, statistics=marked(5)))[0] == 1
    status, said = compare(base, write("new", {A: times(150, 2)}, statistics=marked(6)))
    assert (status, said["cells"][0]["reason"]) == (
        3,
        "NEW: the hypervisor gave CPU time to others in 6 of 10 samples",
    )


@pytest.mark.parametrize(
    "more", [{}, {"samples": "x", "marks": {"steal": 9}}, {"samples": 0, "marks": [1]}, {"marks": {}}]
)
def test_a_file_need_not_say_what_disturbed_it(write: Write, compare: Compare, more: Any) -> None:
    base = write("base", {A: times(100, 1)}, statistics={A: {"stop_reason": "precise", **more}})
    assert compare(base, write("new", {A: times(100, 2)}))[0] == 0


def test_doubts_are_told(write: Write, compare: Compare) -> None:
    spin = "spin/pool/workers:1/duration:10us"
    base = write("base", {spin: times(100, 1)}, more={"rate": 900.0})
    new = write("new", {spin: times(100, 2)}, more={"rate": 927.0}, context={"interrupted": True})
    notes = "\n".join(compare(base, new)[1]["notes"])
    assert "calibrated to 900 rounds/us in BASE and to 927 in NEW" in notes and "--set=spin.rate=900" in notes
    assert "NEW was interrupted" in notes
    assert "calibrated" not in "".join(
        compare(base, write("new", {spin: times(100, 2)}, more={"rate": 900.0}))[1]["notes"]
    )


def test_samples_that_follow_each_other_widen_the_intervals(write: Write, compare: Compare) -> None:
    """The same samples of BASE, in the order in which they came and in one that follows itself."""
    steady = times(100, 1, count=16)
    new = write("new", {A: times(100, 2, count=16)})
    _, before = compare(write("base", {A: steady}), new)
    _, after = compare(write("following", {A: sorted(steady)}), new)
    assert "Samples of BASE follow those before" in "\n".join(after["notes"])
    assert "follow those before" not in "\n".join(before["notes"])
    assert after["cells"][0]["high"] > 1.001 * before["cells"][0]["high"]


def test_spin_that_was_calibrated_to_other_work_is_invalid(write: Write, compare: Compare) -> None:
    """The margin decides: 2 % of other work is a note, 4 % would be a verdict about the calibration."""
    spin = "spin/pool/workers:1/duration:10us"
    base = write("base", {spin: times(100, 1)}, more={"rate": 900.0})
    for rate, status in ((918.0, 0), (936.0, 3), (864.0, 3), (0.0, 0)):
        assert compare(base, write("new", {spin: times(100, 2)}, more={"rate": rate}))[0] == status


def test_times_that_vanish_are_not_compared(write: Write, compare: Compare) -> None:
    tiny = [1e-320 * (1 + number) for number in range(10)]  # microseconds; no double holds them in seconds
    status, said = compare(write("base", {A: tiny}), write("new", {A: tiny}))
    assert (status, said["cells"][0]["reason"]) == (3, "times too short to compare")


def few(cells: int, samples: int, middle: float, seed: int) -> dict[str, list[float]]:
    names = [f"math/pool/workers:1/size:{size}" for size in range(cells)]
    return {name: times(middle, seed + place, samples) for place, name in enumerate(names)}


@pytest.mark.parametrize(
    "cells, samples, method", [(6, 6, "Welch"), (6, 5, "rank-sum"), (20, 6, "Welch"), (21, 6, "rank-sum")]
)
def test_few_samples_rest_on_welch_where_cells_are_few(
    write: Write, compare: Compare, cells: int, samples: int, method: str
) -> None:
    base, new = few(cells, samples, 100, 1), few(cells, samples, 150, 100)
    _, said = compare(write("base", base), write("new", new))
    assert {cell["method"] for cell in said["cells"]} == {method}
    assert {cell["low"] is not None for cell in said["cells"]} == {method == "Welch"}
    assert any("Welch" in note for note in said["notes"]) == (method == "Welch")
    if method != "Welch":
        assert said["cells"][0]["needed"] > samples, "how many would do"


def test_a_rate_that_is_advised_is_one_that_is_taken(write: Write, compare: Compare) -> None:
    """spin.rate is a whole number, what was calibrated is not."""
    spin = "spin/pool/workers:1/duration:10us"
    base = write("base", {spin: times(100, 1)}, more={"rate": 810.9642})
    notes = compare(base, write("new", {spin: times(100, 2)}, more={"rate": 815.5}))[1]["notes"]
    assert any("--set=spin.rate=811)" in note for note in notes)


def test_more_samples_than_a_run_takes_are_not_asked_for(write: Write, compare: Compare) -> None:
    base = times(100, 3, 12, scatter=0.1)
    new = [1.025 * time for time in base]
    _, said = compare(write("base", {A: base}), write("new", {A: new}))
    (cell,) = said["cells"]
    assert (cell["state"], cell["needed"]) == ("inconclusive", None)
    assert cell["reason"] == "more than 200 samples would be needed"


def test_runs_that_looked_for_the_best_alone_are_told(write: Write, compare: Compare) -> None:
    base = write("base", {A: times(100, 1)}, statistics={A: {"stop_reason": "behind", "samples": 3}})
    notes = "\n".join(compare(base, write("new", {A: times(100, 2)}))[1]["notes"])
    assert (
        f"BASE has few samples of {A}" in notes and "--precision=all" in notes and "NEW has few" not in notes
    )
