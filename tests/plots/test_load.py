"""The charts of requests under load, and of whole runs."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from plots import charts, save
from plots.load import load as over_rate
from plots.load import percentiles, queueing
from scripts.analysis.load.latency import latencies
from scripts.analysis.load.loads import loads
from scripts.analysis.table import Results
from tests.analysis.builder import failure, results, samples
from tests.analysis.load.made import entry
from tests.cells import cell_of
from tests.plots.figures import lines, overlaps, texts
from tests.plots.test_names import ABSURD

POOL, THREADS = (f"sleep/{name}/workers:2/duration:1ms" for name in ("pool", "std_thread"))
CHARTS = {"percentiles", "load", "queueing"}


def pressed(*entries: dict[str, Any], **context: Any) -> Results:
    cells = {one["cell"]: cell_of(one["cell"]) for one in entries}
    empty = results(failures=[failure(THREADS, "unavailable", "takes no tasks as they come")])
    made = replace(empty, loads=[loads(latencies(entries), cells)])
    return replace(made, contexts=[made.contexts[0] | context])


def at(cell: str, rate: float | None, mean: float, count: int = 2000, **other: Any) -> list[dict[str, Any]]:
    draws = [random.Random(f"{cell}{rate}{number}") for number in range(6)]
    times = [[draw.expovariate(1 / mean) for _ in range(count)] for draw in draws]
    return [entry(cell, each, rate, number, **other) for number, each in enumerate(times)]


def test_they_are_drawn_where_there_is_something() -> None:
    found = pressed(*at(POOL, 500.0, 1e-3), *at(POOL, 900.0, 5e-3))
    assert set(charts(found)) == CHARTS
    assert set(charts(pressed(*at(POOL, 500.0, 1e-3)))) == CHARTS - {"load"}
    assert not CHARTS & set(charts(results(samples(POOL, [1.0, 2.0]))))
    searched = pressed(*at(POOL, 500.0, 1e-3), *at(POOL, 900.0, 5e-3), searched=True)
    assert set(charts(searched)) == {"load"}


def test_a_line_goes_from_the_median_to_the_longest() -> None:
    figure = percentiles.draw(pressed(*at(POOL, 500.0, 1e-3), *at(THREADS, 500.0, 3e-3)))
    (axes,) = figure.axes
    (pool,) = lines(axes, "pool")
    x, y = pool.get_data()
    assert x[0] == pytest.approx(2, rel=0.02) and y[0] == pytest.approx(np.log(2) * 1e-3, rel=0.05)
    p99 = np.interp(100, x, y)
    assert p99 == pytest.approx(-np.log(0.01) * 1e-3, rel=0.1)
    assert 12_000 / x[-1] >= 10, "beyond the solid line there are ten requests"
    most = lines(axes, "_most")[0].get_data()
    assert most[0][0] == pytest.approx(12_000) and most[1][0] > y[-1]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["50", "90", "99", "99.9", "99.99"]
    assert overlaps(figure) == []


def test_runs_of_commands_have_percentiles() -> None:
    cell = "command/true/workers:1"
    found = results(samples(cell, [1e-3 * (1 + number / 100) for number in range(40)]))
    assert "percentiles" not in charts(found)
    runs = replace(found, contexts=[{"unit": "run"}])
    figure = charts(runs)["percentiles"](runs)
    (line,) = lines(figure.axes[0], "true")
    assert len(line.get_data()[0]) > 5 and "How long whole runs take" in texts(figure)
    assert lines(figure.axes[0], "_most")[0].get_data()[1][0] == pytest.approx(1.39e-3)
    assert overlaps(figure) == []


def rates(axes: Axes) -> list[float]:
    return [float(point.get_xdata()[0]) for point in lines(axes, "_point")]


def test_latency_over_the_rate_with_limit_and_knee() -> None:
    slow: dict[str, Any] = {"throughput": 900.0, "behind": 0.5}
    some = [*at(POOL, 500.0, 1e-3), *at(POOL, 900.0, 3e-3), *at(POOL, 1800.0, 0.5, **slow)]
    slo = {"seconds": 10e-3, "share": 0.99}
    closed = at(POOL, None, 1e-3, throughput=1000.0)
    figure = over_rate.draw(pressed(*some, *closed, slo=slo, searched=True))
    (axes,) = figure.axes
    assert rates(axes) == [500.0, 900.0, 1800.0]
    assert [point.get_markerfacecolor() for point in lines(axes, "_point")][-1] == "white", "over capacity"
    assert lines(axes, "_limit")[0].get_ydata()[0] == 10e-3
    assert not lines(axes, "_knee"), "the search has not ended"
    assert overlaps(figure) == []


def test_the_knee_is_marked() -> None:
    time = {500.0: 1e-3, 1000.0: 4e-3, 707.1: 1.5e-3, 840.9: 2e-3, 917.0: 2.5e-3, 878.1: 2.15e-3}
    some = [one for rate, mean in time.items() for one in at(POOL, rate, mean, 1200)]
    closed = at(POOL, None, 1e-3, throughput=1000.0)
    slo = {"seconds": 10e-3, "share": 0.99}
    figure = over_rate.draw(pressed(*some, *closed, slo=slo, searched=True))
    (knee,) = lines(figure.axes[0], "_knee")
    assert 840 < knee.get_xdata()[0] < 920
    assert any(text.endswith("/s") for text in texts(figure)) and overlaps(figure) == []


def test_queueing_stands_on_service() -> None:
    figure = queueing.draw(pressed(*at(POOL, 500.0, 2e-3), *at(THREADS, 500.0, 1e-3, service=5e-4)))
    (axes,) = figure.axes
    first, waiting = (cast(Rectangle, patch) for patch in axes.patches[:2])
    assert waiting.get_x() == pytest.approx(first.get_width())
    assert first.get_width() == pytest.approx(1e-4, rel=0.1)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["pool, 2", "std_thread, 2"]
    assert overlaps(figure) == []


@pytest.mark.parametrize("bad", ABSURD.values(), ids=ABSURD)
def test_any_name_is_a_picture(bad: str, tmp_path: Path) -> None:
    entries = [*at(POOL, 500.0, 1e-3, 50), *at(POOL, 900.0, 5e-3, 50)]
    plain = pressed(*entries, cpu_model=bad)
    renamed = [replace(one, contender=bad, case=f"sleep{bad}/duration:1ms") for one in plain.loads[0]]
    found = replace(plain, loads=[renamed], labels=[bad])
    for name, chart in charts(found).items():
        for copy in ("a", "b"):
            save(chart(found), tmp_path / f"{copy}.svg")
        ElementTree.parse(tmp_path / "a.svg")
        assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes(), name


def test_many_cells_are_cut_short() -> None:
    names = [f"sleep/pool/workers:{count}/duration:1ms" for count in range(1, 21)]
    some = [one for name in names for rate in (100.0, 200.0) for one in at(name, rate, 1e-3, 50)]
    found = pressed(*some)
    for name in sorted(CHARTS):
        figure = charts(found)[name](found)
        assert len(figure.axes) <= 12 and any("more" in text for text in texts(figure)), name


def test_a_million_latencies_take_seconds(tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    times = [draw.exponential(1e-3, 1_000_000 // 6).tolist() for _ in range(6)]
    some = [entry(POOL, each, rate, number) for rate in (500.0, 900.0) for number, each in enumerate(times)]
    began = time.process_time()  # what else runs here does not count
    found = pressed(*some)
    for name, chart in charts(found).items():
        save(chart(found), tmp_path / f"{name}.svg")
    assert time.process_time() - began < 10
