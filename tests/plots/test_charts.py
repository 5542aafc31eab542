"""Charts of the checked-in results: what they say, not only that they are there."""

from __future__ import annotations

import itertools
from typing import Any, Callable, Iterator

import pytest
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from plots import charts, comparison, heatmap
from plots.style import styled
from scripts.analysis.scaling import at_best, scaling
from scripts.analysis.table import Results, frame
from scripts.analysis.text import duration

Drawn = Callable[
    ..., Figure
]  # the fixture: chart, "one" or "two" files; who changes a figure draws their own
ALWAYS = ["comparison", "heatmap", "speedup"]
WORKLOADS = ["http", "math", "overhead", "search", "sleep", "spin"]
HOSTILE = "a|b<script>$x$`_"


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def panel(figure: Figure, workload: str, number: int = 0) -> Axes:
    """The panel captioned so; of several files, the number-th."""
    return [axes for axes in figure.axes if workload in [text.get_text() for text in axes.texts]][number]


def lines(axes: Axes, label: str) -> list[Any]:
    return [line for line in axes.lines if line.get_label() == label]


def test_the_registry_finds_the_charts_and_no_other_module() -> None:
    assert sorted(charts()) == sorted([*ALWAYS, "granularity", "in_flight", "lifecycle"])


def test_a_chart_without_anything_to_show_is_not_drawn(one: Results) -> None:
    assert sorted(charts(one)) == ALWAYS


@pytest.mark.parametrize("name", ALWAYS)
def test_every_chart_says_what_and_on_what_and_what_failed(name: str, drawn: Drawn) -> None:
    said = "\n".join(["", *texts(drawn(name))])
    for workload in WORKLOADS:
        assert f"\n{workload}\n" in said
    assert "kernel primes, tasks 256, size 2000" in said
    assert "Median of 5 rounds" in said and "Model of 2 CPUs, 2 effective CPUs" in said
    assert "No number (" in said
    assert "math/openmp_tasks/workers:4/kernel:primes/tasks:256/size:2000: crash: killed by SIGSEGV" in said
    assert "fork_each (3 cells, the first search/fork_each/workers:1/" in said
    assert "spin/tbb_tasks/workers:2/tasks:1000/duration:10us: impossible: efficiency 4.90" in said
    assert f"sleep/{HOSTILE}/workers:4" in said and "<script>alert(1)</script>: cost $x^2$ refused" in said
    assert "\x1b" not in said


@pytest.mark.parametrize("name", ALWAYS)
@pytest.mark.parametrize("files", ["one", "two"])
def test_no_text_overlaps_another_or_leaves_the_page(name: str, files: str, drawn: Drawn) -> None:
    assert overlaps(drawn(name, files)) == []


def overlaps(figure: Figure) -> list[str]:
    """Texts that lie on each other or off the page, and those smaller than 8 points."""

    @styled
    def measured() -> list[tuple[str, Any]]:
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        shown = [text for text in visible(figure) if text.get_text().strip()]
        return [(text.get_text(), text.get_window_extent(canvas.get_renderer())) for text in shown]

    def visible(artist: Any) -> Iterator[Text]:
        if artist.get_visible():
            if isinstance(artist, Text):
                yield artist
            # An axis keeps ticks outside its limits among its children; it does not draw them.
            ticks = artist._update_ticks() if isinstance(artist, Axis) else None
            for child in artist.get_children() if ticks is None else [*ticks, artist.label]:
                yield from visible(child)

    found = [
        f"small: {text.get_text()}" for text in visible(figure) if text.get_text() and text.get_size() < 8
    ]
    boxes = measured()
    page = figure.bbox
    found += [
        f"off: {words}"
        for words, box in boxes
        if box.x0 < 0 or box.y0 < 0 or box.x1 > page.x1 or box.y1 > page.y1
    ]
    for (words, box), (others, other) in itertools.combinations(boxes, 2):
        wide = min(box.x1, other.x1) - max(box.x0, other.x0)
        high = min(box.y1, other.y1) - max(box.y0, other.y0)
        if wide > 1 and high > 3:  # pixels; line boxes hold room for accents
            found.append(f"{words!r} on {others!r}")
    return found


def test_the_overlap_check_sees_an_overlap(one: Results) -> None:
    figure = heatmap.draw(one)
    figure.text(0.02, figure.texts[0].get_position()[1] - 0.005, "over the title", size=7)
    figure.text(0.99, 0.5, "over the edge", size=8)
    found = "\n".join(overlaps(figure))
    assert (
        "small: over the title" in found and "on 'over the title'" in found and "off: over the edge" in found
    )


def test_speedup_lines_are_the_medians(one: Results, drawn: Drawn) -> None:
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
    assert len(rounds) == 11 * 3 - 1 and {len(line.get_ydata()) for line in rounds} == {5}
    assert axes.get_xscale() == axes.get_yscale() == "log"


def test_speedup_points_stand_beside_their_worker_count(drawn: Drawn) -> None:
    for workload, counts in {"math": [1, 2, 4], "http": [1, 4, 16, 64]}.items():
        axes = panel(drawn("speedup"), workload)
        places = {
            line.get_label(): list(line.get_xdata()) for line in axes.lines if line.get_label()[0] != "_"
        }
        for executor in ("std_thread", "fork_pool"):
            near = [min(counts, key=lambda count: float(abs(count - place))) for place in places[executor]]
            assert near == counts
        assert len({tuple(place) for place in places.values()}) == len(places), "nobody hides another"


def test_speedup_failures_are_hollow_at_the_bottom(drawn: Drawn) -> None:
    figure = drawn("speedup")
    counts = {workload: len(lines(panel(figure, workload), "_failed")) for workload in WORKLOADS}
    assert counts == {"http": 1, "math": 1, "overhead": 0, "search": 3, "sleep": 1, "spin": 1}
    marker = lines(panel(figure, "math"), "_failed")[0]
    assert marker.get_markerfacecolor() == "none" and marker.get_ydata()[0] < 0.1
    assert marker.get_transform() == panel(figure, "math").get_xaxis_transform()


def test_speedup_legend_names_every_executor_once(one: Results, drawn: Drawn) -> None:
    names = [text.get_text() for text in drawn("speedup").legends[0].get_texts()]
    executors = {*one.table["contender"], HOSTILE}
    assert sorted(names) == sorted([*executors, "ideal", "effective CPUs"])


def test_speedup_puts_files_below_each_other(drawn: Drawn) -> None:
    figure = drawn("speedup", "two")
    assert {"two_cpus", "rebuilt"} <= set(texts(figure))
    tbb = [lines(panel(figure, "math", number), "tbb")[0].get_ydata()[1] for number in (0, 1)]
    assert tbb[0] / tbb[1] == pytest.approx(1.3, rel=0.03)  # the rebuilt one is slower


def test_comparison_bars_are_sorted_and_say_their_workers(one: Results, drawn: Drawn) -> None:
    axes = panel(drawn("comparison"), "math")
    expected = at_best(cell for cell in scaling(one.table) if cell.workload == "math")
    assert [label.get_text() for label in axes.get_yticklabels()] == [cell.contender for cell in expected]
    said = [text.get_text() for text in axes.texts]
    for cell in expected:
        workers = "1 worker" if cell.workers == 1 else f"{cell.workers} workers"
        assert f"{duration(cell.real.median)}, {workers}" in said
    widths = [patch.get_x() + patch.get_width() for patch in axes.patches]
    assert widths == pytest.approx([cell.real.median for cell in expected])
    assert axes.get_xlim()[0] == 0 and axes.get_xlabel() == "time per batch (ms)"


def test_comparison_over_a_wide_range_says_that_it_is_logarithmic(drawn: Drawn) -> None:
    axes = panel(drawn("comparison"), "overhead")
    assert axes.get_xscale() == "log" and axes.get_xlabel() == "time per batch (logarithmic)"
    assert comparison._tick(1000, 0) == "1000 s" and comparison._tick(1e-4, 0) == "100 µs"


def test_comparison_failed_executors_are_hollow_bars(drawn: Drawn) -> None:
    figure = drawn("comparison")
    hollow = {w: [p for p in panel(figure, w).patches if not p.get_fill()] for w in WORKLOADS}
    assert {workload: len(bars) for workload, bars in hollow.items() if bars} == {"search": 1, "sleep": 1}
    assert "time-out" in [text.get_text() for text in panel(figure, "search").texts]
    labels = [label.get_text() for label in panel(figure, "sleep").get_yticklabels()]
    assert labels[-1] == HOSTILE


def test_comparison_ties_are_bold(drawn: Drawn) -> None:
    axes = panel(drawn("comparison"), "overhead")
    assert [t.get_text() for t in axes.get_yticklabels() if t.get_fontweight() == "bold"] == ["serial"]


def test_comparison_puts_files_side_by_side(drawn: Drawn) -> None:
    figure = drawn("comparison", "two")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["two_cpus", "rebuilt"]
    axes = panel(figure, "math")
    assert len(axes.patches) == 24 and len(axes.get_yticklabels()) == 12
    assert len(panel(figure, "search").patches) == 12  # only one file has it


def test_heatmap_prints_every_speedup(one: Results, drawn: Drawn) -> None:
    axes = panel(drawn("heatmap"), "math")
    numbers = [text.get_text() for text in axes.texts]
    expected = [cell.speedup for cell in scaling(one.table) if cell.workload == "math"]
    assert len(expected) == 1 + 11 * 3 - 1
    for speed in expected:
        assert speed is not None and f"{speed.median:.2f}" in numbers
    tiles = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    hatched = [patch for patch in tiles if patch.get_hatch()]
    assert len(tiles) == len(expected) + 1 and len(hatched) == 1
    assert hatched[0].get_x() == pytest.approx(2 - 0.48)  # at 4 workers


def test_heatmap_is_white_at_one_and_diverges(drawn: Drawn) -> None:
    axes = panel(drawn("heatmap"), "math")
    color = {text.get_text(): patch.get_facecolor() for text, patch in zip(axes.texts[2:], axes.patches)}
    red, green, blue, _ = color["1.00"]
    assert min(red, green, blue) > 0.9
    fast, slow = color["2.01"], next(c for said, c in color.items() if said.startswith("0.1"))
    assert fast[2] > fast[0] and slow[0] > slow[2]


@pytest.mark.parametrize("name", ALWAYS)
def test_results_without_a_number_are_drawn_as_failures(name: str, one: Results) -> None:
    none = Results(one.table.iloc[:0], one.failures, one.contexts, one.labels)
    said = "\n".join(texts(charts()[name](none)))
    assert "No measurements." in said and "killed by SIGSEGV" in said


@pytest.mark.parametrize("name", ALWAYS)
def test_results_without_anything(name: str, one: Results) -> None:
    none = Results(one.table.iloc[:0], one.failures.iloc[:0], one.contexts, one.labels)
    assert "No measurements." in "\n".join(texts(charts()[name](none)))


@pytest.mark.parametrize("name", ALWAYS)
def test_no_serial_loop_is_said(name: str, one: Results) -> None:
    rest = Results(one.table[~one.table["baseline"]], one.failures, one.contexts, one.labels)
    figure = charts()[name](rest)
    assert ("no serial time to compare with" in texts(figure)) == (name == "speedup")
    assert ("?" in texts(figure)) == (name == "heatmap")


@pytest.mark.parametrize("name", ALWAYS)
def test_many_failures_are_counted(name: str, one: Results) -> None:
    rows = [{**row, "reason": f"reason {n}"} for n in range(4) for row in one.failures.to_dict("records")]
    many = Results(one.table, frame(rows, dict.fromkeys(one.failures, object)), one.contexts, one.labels)
    assert "… and 12 more; the report has all." in texts(charts()[name](many))
