"""The chart of speedups: medians, the ideal, what failed."""

from __future__ import annotations

import pytest

from plots import charts, speedup
from plots.style import PALE
from scripts.analysis.scaling import scaling
from scripts.analysis.table import Results
from tests.analysis.builder import results, samples
from tests.plots.figures import Drawn, lines, panel, texts


def test_lines_are_the_medians(one: Results, drawn: Drawn) -> None:
    axes = panel(drawn("speedup"), "math")
    cells = {(c.contender, c.workers): c for c in scaling(one.table) if c.workload == "math"}
    medians = [line for line in axes.lines if not line.get_label().startswith("_")]
    assert len(medians) == 11  # serial is a rule, not a line
    for line in medians:
        expected = [cells[key].speedup for key in sorted(cells) if key[0] == line.get_label()]
        assert list(line.get_ydata()) == [interval.median for interval in expected if interval]
    assert len(lines(axes, "_cpus")) == len(lines(axes, "_ideal")) == len(lines(axes, "_serial")) == 1
    assert lines(axes, "_cpus")[0].get_xdata()[0] == 2
    rounds = lines(axes, "_rounds")
    assert len(rounds) == 3 * 3 and {len(line.get_ydata()) for line in rounds} == {5}, "of those in colour"
    assert axes.get_xscale() == axes.get_yscale() == "log"


@pytest.mark.parametrize("workload, most", [("math", 2), ("http", 26), ("sleep", 16)])
def test_the_ideal_ends_at_the_cpus_or_where_tasks_wait_at_the_tasks(
    workload: str, most: int, drawn: Drawn
) -> None:
    (ideal,) = lines(panel(drawn("speedup"), workload), "_ideal")
    points = list(zip(ideal.get_xdata(), ideal.get_ydata()))
    assert all(y == pytest.approx(min(x, most)) for x, y in points)
    assert points[0] == (1, 1) and most in ideal.get_xdata() and points[-1][0] > most


def test_points_in_colour_stand_beside_their_worker_count_the_others_at_it(drawn: Drawn) -> None:
    for workload, counts in {"math": [1, 2, 4], "http": [1, 4, 16, 64]}.items():
        named = [line for line in panel(drawn("speedup"), workload).lines if line.get_label()[0] != "_"]
        places = [tuple(line.get_xdata()) for line in named if line.get_color() != PALE]
        assert len(set(places)) == 3, "nobody hides another"
        for place in places:
            assert place == pytest.approx(counts, rel=0.05)
        grey = {x for line in named if line.get_color() == PALE for x in line.get_xdata()}
        assert grey == set(counts)


def test_an_interval_takes_six_samples() -> None:
    def drawn(rounds: int) -> int:
        cells = (samples(f"w/{name}/workers:1", [8.0, 8.1] * (rounds // 2)) for name in ("serial", "pool"))
        axes = panel(speedup.draw(results(*cells)), "w")
        return sum(len(one.get_paths()[0].vertices) for one in axes.collections if one.get_paths())

    assert drawn(4) == 0 < drawn(6)


def test_failures_are_hollow_at_the_bottom(drawn: Drawn) -> None:
    figure = drawn("speedup")
    workloads = ("http", "math", "overhead", "search", "sleep", "spin")
    counts = {workload: len(lines(panel(figure, workload), "_failed")) for workload in workloads}
    assert counts == {"http": 1, "math": 1, "overhead": 0, "search": 0, "sleep": 0, "spin": 1}
    assert "all failed: fork_each" in texts(figure)
    marker = lines(panel(figure, "math"), "_failed")[0]
    assert marker.get_markerfacecolor() == "none" and marker.get_ydata()[0] < 0.1
    assert marker.get_transform() == panel(figure, "math").get_xaxis_transform()


def test_the_legend_names_those_in_colour_once(drawn: Drawn) -> None:
    names = [text.get_text() for text in drawn("speedup").legends[0].get_texts()]
    shown = [line for axes in drawn("speedup").axes for line in axes.lines if line.get_color() != PALE]
    coloured = {line.get_label() for line in shown if line.get_label()[0] != "_"}
    assert sorted(names) == sorted([*coloured, "serial", "others", "ideal", "effective CPUs"])


def test_one_is_among_the_ticks(drawn: Drawn) -> None:
    for axes in drawn("speedup").axes[::2]:
        if axes.get_yscale() == "log":
            assert 1 in axes.get_yticks()


def test_files_stand_below_each_other(drawn: Drawn) -> None:
    figure = drawn("speedup", "two")
    assert {"two_cpus", "rebuilt"} <= set(texts(figure))
    tbb = [lines(panel(figure, "math", number), "tbb")[0].get_ydata()[1] for number in (0, 1)]
    assert tbb[0] / tbb[1] == pytest.approx(1.3, rel=0.03)  # the rebuilt one is slower


def test_weak_scaling_is_said_and_its_efficiency_is_ideal_where_it_is_flat() -> None:
    times = {("serial", 1): 2.0, ("pool", 1): 2.0, ("pool", 2): 2.1, ("pool", 4): 4.4}
    made = results(
        *(
            samples(f"math/{name}/workers:{count}/scaling:weak/tasks:100", [time] * 6)
            for (name, count), time in times.items()
        )
    )
    figure = speedup.draw(made)
    assert "Scaled speedup over the serial loop (weak scaling), by workers" in texts(figure)
    assert {"scaled speedup", "T(1) / T(N) (%)"} <= set(texts(figure))
    assert any("N workers do N times the work" in text for text in texts(figure))
    above, below = (axes for axes in figure.axes if lines(axes, "_ideal"))
    (pool,) = lines(above, "pool")
    assert list(pool.get_ydata()) == pytest.approx([1, 2 * 2 / 2.1, 4 * 2 / 4.4])
    (efficiency,) = lines(below, "pool")
    assert list(efficiency.get_ydata()) == pytest.approx([100, 200 / 2.1, 200 / 4.4])
    assert [list(dots.get_ydata())[0] for dots in lines(above, "_rounds")] == pytest.approx(
        [1, 2 * 2 / 2.1, 4 * 2 / 4.4]
    )
    (ideal,) = lines(below, "_ideal")
    flat = [y for x, y in zip(ideal.get_xdata(), ideal.get_ydata()) if x <= 2]
    assert flat == pytest.approx([100] * len(flat)) and len(flat) > 10
    assert "Speedup over the serial loop, by workers (strong scaling)" in texts(
        speedup.draw(results(samples("w/serial/workers:1", [1.0] * 6)))
    )


def test_every_chart_of_weak_scaling_says_so() -> None:
    names = ("serial/workers:1", "pool/workers:1", "pool/workers:2", "tbb/workers:2")
    made = results(*(samples(f"math/{name}/scaling:weak/tasks:100", [1.0, 1.1] * 3) for name in names))
    for name, draw in charts(made).items():
        assert any("weak scaling" in text.lower() for text in texts(draw(made))), name
