"""The chart of when each worker ran tasks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex

from plots import charts, save, timeline as chart
from plots.style import looks
from plots.timeline import PANELS, ROWS, SHADES
from scripts.analysis.table import Results
from scripts.analysis.why.timeline import timelines
from tests.analysis.builder import results
from tests.analysis.why.observed import BATCH, timeline, track
from tests.cells import cell_of
from tests.plots.figures import overlaps, texts
from tests.plots.test_names import ABSURD

NAMES = ["search/pool/workers:2/algorithm:nqueens", "search/openmp_static/workers:2/algorithm:nqueens"]


def observed(*entries: dict[str, Any]) -> Results:
    cells = {entry["cell"]: cell_of(entry["cell"]) for entry in entries}
    return replace(results(), timelines=[timelines(entries, cells)])


def bars(axes: Axes, color: str) -> list[tuple[float, float, float]]:
    """From, to and the lower edge of the bars in this colour."""
    found = []
    for each in axes.collections:
        assert isinstance(each, PolyCollection)
        boxes = [path.get_extents() for path in each.get_paths()]
        if len(boxes) and to_hex(each.get_facecolor()[0]) == color:
            found += [(box.x0, box.x1, box.y0) for box in boxes]
    return sorted(found)


def test_it_is_drawn_where_there_is_one() -> None:
    assert "timeline" in charts(observed(timeline(NAMES[0])))
    assert "timeline" not in charts(results())
    assert "timeline" not in charts(replace(results(), timelines=[{}]))


def test_a_bar_is_a_call_in_its_executors_hue() -> None:
    figure = chart.draw(
        observed(timeline(NAMES[0], [track(1, tasks=2), track(2, tasks=4)]), timeline(NAMES[1]))
    )
    pool, openmp = figure.axes
    hue = looks({"pool": "pool", "openmp_static": "openmp"})
    dark = bars(pool, hue["pool"].color)
    assert len(dark) == 3 + 6, "every second call, of 3 batches"
    assert dark[0][0] == 0 and dark[0][1] == pytest.approx(0.9 * BATCH / 8)
    assert len(bars(openmp, hue["openmp_static"].color)) == 15 + 15
    blocked = bars(pool, SHADES["blocked"])
    assert [begin for begin, _, _ in blocked[:2]] == [pytest.approx(0.6 * BATCH)] * 2
    assert all(lower > 0 for _, _, lower in blocked), "below the tasks"
    assert len([line for line in pool.lines if line.get_linestyle() == ":"]) == 3, "batches"
    said = texts(figure)
    assert "60 tasks, busy 45 %" in said and "worker 2" in said
    assert "3 of 30 batches; tasks and busy time are of all." in said
    assert "pool with 2 workers, algorithm nqueens" in said
    assert overlaps(figure) == []


def test_what_lies_outside_of_the_excerpt_is_not_drawn() -> None:
    """A worker without a CPU after its last call: not over the words that stand there."""
    late = track(
        absences=[
            [0.0, 0.001, "ready"],
            [2.9 * BATCH, 9 * BATCH, "ready"],
            [9 * BATCH, 10 * BATCH, "blocked"],
        ]
    )
    part = timeline(NAMES[0], [late | {"slices": [[2 * BATCH, 3 * BATCH, 0, 1]]}], begins=[])
    (axes,) = chart.draw(observed(part)).axes
    (ready,) = bars(axes, SHADES["ready"])
    assert ready[:2] == pytest.approx((0.9 * BATCH, BATCH))
    assert bars(axes, SHADES["blocked"]) == []


def test_what_is_left_out_is_said() -> None:
    dead = track(states=None)
    many = [track(number) for number in range(ROWS + 3)]
    figure = chart.draw(
        observed(
            timeline(NAMES[0], many, dropped=1234, begins=[], kept_batches=0),
            timeline(NAMES[1], [dead], reason="perf_event_open: EPERM, Operation not permitted"),
        )
    )
    said = " ".join(texts(figure)).replace("\n", " ")
    assert "A part of one of 30 batches" in said and "1234 earlier calls dropped" in said
    assert "3 more workers." in said and "No states: perf_event_open: EPERM" in said
    assert f"worker {ROWS}" in said and f"worker {ROWS + 1}" not in said
    assert overlaps(figure) == []


def test_threads_without_states_and_joined_calls_are_said() -> None:
    joined = track(slices=[[0.0, 0.01, 0, 100]], states=None)
    said = " ".join(texts(chart.draw(observed(timeline(NAMES[0], [joined])))))
    assert "Some bars are of several tasks." in said
    assert "Threads that follow one another have no states." in said


def test_of_processes_the_end_is_not_known() -> None:
    figure = chart.draw(observed(timeline(NAMES[0], [track(1), track(2, process=8)])))
    assert "What a process did after its last call is not known." in " ".join(texts(figure))


def test_many_cells_are_counted() -> None:
    entries = [timeline(f"math/pool/workers:2/tasks:{number}") for number in range(PANELS + 2)]
    figure = chart.draw(observed(*entries))
    assert len(figure.axes) == PANELS
    assert "… and 2 more cells; a file of their own shows them." in texts(figure)


@pytest.mark.parametrize("bad", ABSURD.values(), ids=ABSURD)
def test_of_absurd_names_there_are_pictures(bad: str, tmp_path: Path) -> None:
    (one,) = observed(timeline(NAMES[0])).timelines[0].values()
    named = replace(one, case=one.case + bad, contender=one.contender + bad, workload=bad, reason=bad)
    figure = chart.draw(replace(results(), timelines=[{bad: named}]))
    save(figure, tmp_path / "chart.svg")
    ElementTree.parse(tmp_path / "chart.svg")
