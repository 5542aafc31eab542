"""Charts that only some results have anything for: cold batches, and event loops at several numbers in flight."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plots import charts, in_flight, lifecycle
from scripts.analysis.scaling import refuse_impossible
from scripts.analysis.table import COLUMNS, Results, frame
from tests.analysis.builder import results, samples
from tests.plots.figures import overlaps, texts


@pytest.fixture
def both() -> Results:
    """A case warm and cold, and an event loop at 1, 16, 4 and all in flight."""
    warm = results(
        samples("w/serial/workers:1/size:1", [8.0, 8.1, 8.2]),
        samples("w/pool/workers:2/size:1", [4.0, 4.1, 4.2]),
        samples("sleep/serial/workers:1", [1.0, 1.0, 1.0]),
        samples("sleep/loop/workers:1/in_flight:1", [1.0, 1.0, 1.0]),
        samples("sleep/loop/workers:1/in_flight:16", [0.07, 0.07, 0.07]),
        samples("sleep/loop/workers:1/in_flight:4", [0.25, 0.25, 0.25]),
        samples("sleep/loop/workers:1/in_flight:all", [0.01, 0.01, 0.01]),
    )
    stages = {"open": 1.0, "run": 4.5, "close": 0.5}
    cold = [
        {**row, **stages, "real": 6.0}
        for workers in (1, 2)
        for row in samples(f"w/pool/workers:{workers}/lifecycle:cold/size:1", [6.0, 6.0, 6.0])
    ]
    return refuse_impossible(replace(warm, cold=frame(cold, COLUMNS)))


def test_they_are_drawn_where_there_is_something_to_show(both: Results) -> None:
    assert {"in_flight", "lifecycle"} <= set(charts(both))
    warm = replace(both, cold=both.cold.iloc[:0])
    assert "lifecycle" not in charts(warm)
    default = replace(both, table=both.table[~both.table["contender"].str.contains("@")])
    assert "in_flight" not in charts(default)


def test_a_cold_batch_is_its_three_stages(both: Results) -> None:
    figure = lifecycle.draw(both)
    (axes,) = [axes for axes in figure.axes if "w" in [text.get_text() for text in axes.texts]]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["pool, 2"], "at its most workers"
    bars = [(patch.get_x(), patch.get_width()) for patch in axes.patches]
    assert bars == [(0.0, 1.0), (1.0, 4.5), (5.5, 0.5)]
    assert "6.00 s, run 75%" in texts(figure)
    warm = axes.collections[-1].get_segments()[0]
    assert warm[0][0] == pytest.approx(4.1)


@pytest.mark.parametrize("rounds", [3, 8])
@pytest.mark.parametrize("seconds, word", [(6.0, "run 75%"), (3.5, "as fast as warm"), (3.0, "beats warm")])
def test_a_cold_batch_has_an_interval_and_a_word(rounds: int, seconds: float, word: str) -> None:
    times = [4.0, 3.4, 4.3, *[3.9] * 5][:rounds]
    warm = results(samples("w/pool/workers:2", times))
    stages = {"open": seconds / 6, "run": 0.75 * seconds, "close": seconds / 12}
    rows = samples("w/pool/workers:2/lifecycle:cold", [seconds] * rounds)
    figure = lifecycle.draw(replace(warm, cold=frame([{**row, **stages} for row in rows], COLUMNS)))
    (axes,) = figure.axes
    certain = rounds >= 6
    assert len(axes.collections) == (3 if certain else 1), "the interval, its ends, the warm batch"
    told = "as fast as warm" if word == "beats warm" and not certain else word
    assert f"{seconds:.2f} s, {told}" in texts(figure)
    assert ("interval of the median" in figure.texts[1].get_text()) == certain


def test_the_words_beside_cold_batches_have_room() -> None:
    names = [f"{workload}/openmp_dynamic/workers:64" for workload in ("v", "w", "x")]
    warm = results(*(samples(name, [0.0123] * 8) for name in names))
    rows = [row for name in names for row in samples(f"{name}/lifecycle:cold", [0.01225, 0.0121] * 4)]
    stages = {"open": 0.001, "run": 0.01, "close": 0.0012}
    figure = lifecycle.draw(replace(warm, cold=frame([{**row, **stages} for row in rows], COLUMNS)))
    assert "12.2 ms, beats warm" in texts(figure) and overlaps(figure) == []


def test_in_flight_is_in_the_order_of_numbers(both: Results) -> None:
    figure = in_flight.draw(both)
    (axes,) = [axes for axes in figure.axes if "sleep" in [text.get_text() for text in axes.texts]]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["1 in flight", "4 in flight", "16 in flight", "all in flight"]
    numbers = [text.get_text() for text in axes.texts]
    assert {"1.00", "4.00", "14.3", "100"} <= set(numbers)
    assert "w" not in texts(figure), "a case without an event loop has no panel"
