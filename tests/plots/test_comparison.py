"""The chart of times: dots with intervals on one kind of scale, a panel a case or a row a value."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from matplotlib.axes import Axes

from plots import comparison
from plots.kinds import swept
from plots.leading import leading
from plots.panels import APART, ticks
from scripts.analysis.answers.answer import answers
from scripts.analysis.scaling import at_best, scaling
from scripts.analysis.table import Results
from scripts.analysis.text import duration
from tests.analysis.builder import failure, results, samples
from tests.plots.figures import HOSTILE, Drawn, overlaps, panel, texts

WORKLOADS = ["http", "math", "overhead", "search", "sleep", "spin"]
KINDS = "mutex recursive_mutex shared_mutex semaphore condition atomic spin none".split()


def dots(axes: Axes) -> list[tuple[float, float]]:
    """Place and time."""
    return [(line.get_ydata()[0], line.get_xdata()[0]) for line in axes.lines if line.get_marker() in "os"]


def test_dots_are_sorted_and_say_their_workers(one: Results, drawn: Drawn) -> None:
    axes = panel(drawn("comparison"), "math")
    expected = at_best(cell for cell in scaling(one.table) if cell.workload == "math")
    assert [label.get_text() for label in axes.get_yticklabels()] == [cell.contender for cell in expected]
    said = [text.get_text() for text in axes.texts]
    for cell in expected:
        workers = "1 worker" if cell.workers == 1 else f"{cell.workers} workers"
        assert f"{duration(cell.real.median)}, {workers}" in said
    assert dots(axes) == [(place, cell.real.median) for place, cell in enumerate(expected)]


def test_one_kind_of_scale_in_one_figure(drawn: Drawn) -> None:
    assert {panel(drawn("comparison"), workload).get_xscale() for workload in WORKLOADS} == {"log"}
    for workload in WORKLOADS:
        axes = panel(drawn("comparison"), workload)
        low, high = axes.spines["bottom"].get_bounds()
        assert all(low < time < high for _, time in dots(axes))


@pytest.mark.parametrize(
    "low, factor",
    [(low, 10**power) for low in (1e-9, 0.7e-3, 3.3) for power in (0.18, 0.3, 0.6, 1, 1.6, 3, 6, 9)],
)
def test_ticks_are_three_or_more_and_apart(low: float, factor: float) -> None:
    found = ticks(low, low * factor)
    steps = [math.log(high / low) / math.log(factor) for low, high in zip(found, found[1:])]
    assert 3 <= len(found) <= 6 and min(steps) > APART - 0.01
    assert low <= found[0] * 1.001 and found[-1] <= 1.001 * low * factor


@pytest.mark.parametrize("rounds, intervals", [(5, 0), (6, 2)])
def test_an_interval_takes_six_samples(rounds: int, intervals: int) -> None:
    found = results(
        *(samples(f"w/{name}/workers:1", [8.0, 8.5, *[8.1] * (rounds - 2)]) for name in ("serial", "pool"))
    )
    axes = panel(comparison.draw(found), "w")
    assert [list(line.get_segments()[0][:, 0]) for line in axes.collections] == [[8.0, 8.5]] * intervals


def test_in_colour_are_the_one_to_use_the_ties_and_the_next_by_time() -> None:
    times = {
        "serial/workers:1": 3.9,
        "tbb/workers:4": 4.0,
        "pool/workers:2": 4.01,
        "fork_pool/workers:2": 9.0,
        "std_async/workers:2": 8.0,
    }
    found = results(*(samples(f"w/{name}", [time, 1.001 * time] * 6) for name, time in times.items()))
    rest = found.table[~found.table["baseline"]]
    for table in (found.table, rest):
        (answer,) = answers(replace(found, table=table), scaling(table)).values()
        assert answer.use.contender == ("serial" if table is found.table else "pool")
        first = leading(answer, scaling(table))
        assert first == (
            ["tbb", "pool", "std_async"] if table is found.table else ["pool", "tbb", "std_async"]
        )


def test_failed_executors_have_a_word_and_no_dot(drawn: Drawn) -> None:
    figure = drawn("comparison")
    for workload, executor, word in (("search", "fork_each", "time-out"), ("sleep", HOSTILE, "unavailable")):
        axes = panel(figure, workload)
        labels = [label.get_text() for label in axes.get_yticklabels()]
        assert labels[-1] == executor and word in [text.get_text() for text in axes.texts]
        assert len(dots(axes)) == len(labels) - 1 and not axes.patches


def test_ties_are_bold(one: Results, drawn: Drawn) -> None:
    for (_, case), answer in answers(one, scaling(one.table)).items():
        labels = panel(drawn("comparison"), case.partition("/")[0]).get_yticklabels()
        bold = {label.get_text() for label in labels if label.get_fontweight() == "bold"}
        assert bold == set(answer.tied)


def test_files_stand_side_by_side(drawn: Drawn) -> None:
    figure = drawn("comparison", "two")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["two_cpus", "rebuilt"]
    axes = panel(figure, "math")
    assert len(dots(axes)) == 24 and len(axes.get_yticklabels()) == 12
    assert len(dots(panel(figure, "search"))) == 11  # only one file has it


def kinds() -> Results:
    """Eight kinds of lock, of which one cannot run, beside another workload."""
    cells = [samples("w/serial/workers:1/size:1", [8.0, 8.1] * 4)]
    for number, kind in enumerate(KINDS[:-1]):
        more = "/permits:1" * (kind == "semaphore")
        for name, time in {
            "serial/workers:1": 9,
            "coroutines/workers:2/in_flight:16": 5,
            "tbb/workers:2": 6,
            "fork_pool/workers:2": 7,
            "std_async/workers:2": 90,
        }.items():
            cells.append(
                samples(f"lock/{name}/kind:{kind}/tasks:20{more}", [time + number, time + number + 0.1] * 4)
            )
    return results(*cells, failures=[failure(f"lock/pool/workers:2/kind:{KINDS[-1]}/tasks:20")])


def test_where_one_parameter_varies_there_is_one_panel_with_a_row_a_value() -> None:
    figure = comparison.draw(kinds())
    assert texts(figure).count("lock") == 1 and "tasks 20, permits 1" in texts(figure)
    axes = panel(figure, "lock")
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == [f"kind {kind}" for kind in KINDS], "the fastest first, what failed last"
    assert len(dots(axes)) == 5 * 7 and len(axes.collections) == 4 * 7, "three and serial have intervals"
    assert len({round(place, 3) for place, _ in dots(axes)}) == 5 * 7, "nobody hides another"
    said = [text.get_text() for text in axes.texts]
    assert "use coroutines@16, 5.05 s, 2 workers" in said and "all failed" in said
    assert panel(figure, "the others") and overlaps(figure) == [], "a case of one cell has a row"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "serial",
        "tbb",
        "fork_pool",
        "coroutines@16",
        "others",
    ]


def test_a_disturbed_run_names_nobody_to_use() -> None:
    made = kinds()
    cells = [{name: {"samples": 8, "disturbed": 8, "marks": {"foreign": 8}} for name in made.table["name"]}]
    said = [text.get_text() for text in panel(comparison.draw(replace(made, cells=cells)), "lock").texts]
    assert "fastest: coroutines@16, 5.05 s, 2 workers" in said and not any("use " in each for each in said)


def test_what_differs_in_more_or_has_room_is_not_put_together() -> None:
    assert swept(["w/a:1/b:1", "w/a:2/b:1", "w/a:3/b:1"]) == {
        "w/b:1": {f"w/a:{n}/b:1": f"a {n}" for n in (1, 2, 3)}
    }
    assert (
        swept(["w/a:1", "w/a:2"])
        == swept(["w/a:1/b:1", "w/a:2/b:2", "w/a:3/b:3"])
        == swept(["w", "x", "y"])
        == {}
    )
