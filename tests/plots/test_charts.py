"""Charts of the checked-in results: what they say, not only that they are there."""

from __future__ import annotations

import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from plots import charts, heatmap, panels
from plots.style import PALE, looks
from scripts.analysis.scaling import scaling
from scripts.analysis.table import Results, frame
from tests.analysis.builder import failure, results, samples
from tests.plots.figures import HOSTILE, Drawn, overlaps, panel, texts

ALWAYS = ["comparison", "heatmap", "speedup"]
WORKLOADS = ["http", "math", "overhead", "search", "sleep", "spin"]


def test_the_registry_finds_the_charts_and_no_other_module() -> None:
    sometimes = ["flame", "granularity", "in_flight", "law", "lifecycle", "timeline", "waterfall"]
    load = ["load", "percentiles", "queueing"]
    assert sorted(charts()) == sorted([*ALWAYS, *sometimes, *load])


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


def test_the_overlap_check_sees_an_overlap(one: Results) -> None:
    figure = heatmap.draw(one)
    figure.text(0.02, figure.texts[0].get_position()[1] - 0.005, "over the title", size=7)
    figure.text(0.99, 0.5, "over the edge", size=8)
    found = "\n".join(overlaps(figure))
    assert (
        "small: over the title" in found and "on 'over the title'" in found and "off: over the edge" in found
    )


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
    assert ("nothing to compare with" in texts(figure)) == (name == "speedup")
    assert ("?" in texts(figure)) == (name == "heatmap")


@pytest.mark.parametrize("name", ALWAYS)
def test_many_failures_are_counted(name: str, one: Results) -> None:
    rows = [{**row, "reason": f"reason {n}"} for n in range(4) for row in one.failures.to_dict("records")]
    many = Results(one.table, frame(rows, dict.fromkeys(one.failures, object)), one.contexts, one.labels)
    assert "… and 12 more; the report has all." in texts(charts()[name](many))


def test_the_same_three_are_in_colour_everywhere(one: Results, drawn: Drawn) -> None:
    look = looks(panels.contenders(one))
    for workload in WORKLOADS:
        lines = [line for line in panel(drawn("speedup"), workload).lines if line.get_label()[0] != "_"]
        coloured = {line.get_label() for line in lines if line.get_color() != PALE}
        assert len(coloured) == 3
        axes = panel(drawn("comparison"), workload)
        names = dict(zip(axes.get_yticks(), (label.get_text() for label in axes.get_yticklabels())))
        dots = [line for line in axes.lines if line.get_marker() == "o" and line.get_color() != PALE]
        assert {names[dot.get_ydata()[0]] for dot in dots} - {"serial"} == coloured
        edges = panel(drawn("heatmap"), workload).collections
        assert {to_hex(edge.get_color()[0]) for edge in edges} == {look[name].color for name in coloured}


def test_what_failed_everywhere_is_a_word() -> None:
    some = results(
        samples("w/serial/workers:1", [8.0] * 6),
        samples("w/pool/workers:1", [4.0] * 6),
        failures=[failure("w/tbb/workers:1"), failure("gone/pool/workers:1", "timeout")],
    )
    for name in ALWAYS:
        figure = charts()[name](some)
        said = [text.get_text() for axes in figure.axes for text in axes.texts]
        words = {
            "comparison": {"crash", "all failed"},
            "heatmap": {"crash", "time-out"},
            "speedup": {"all failed: tbb", "all failed"},
        }
        assert words[name] <= set(said)
        gone = panel(figure, "gone")
        assert not gone.lines and not gone.patches and not gone.collections
        assert not any(spine.get_visible() for spine in gone.spines.values())
        assert overlaps(figure) == []
