"""The chart of verdicts: one line a cell, its state told by shape too, nothing from data drawn as markup."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.text import Text

from plots import charts, save
from plots.ratios import MARKS, chart
from scripts.analysis.ratio import Ratio
from scripts.analysis.verdict import Verdict, because, invalid, judge, worst_first
from scripts.reports.wording import reasons

HOSTILE = "w<script>$x^2$\x1b[31m/pool/workers:1"


def judged(low: float, high: float) -> Verdict:
    return judge(Ratio(math.sqrt(low * high), low, high, 0.01, 16, "rank-sum"), 0.03)


def named(name: str, verdict: Verdict) -> Verdict:
    return replace(verdict, name=name)


GONE = invalid(0.03, because("missing", why="no such cell"))
ROWS: list[Verdict] = [  # the worst first, as they are drawn
    named("slow", judged(1.05, 1.11)),
    named(HOSTILE, GONE),
    named("wide", judged(0.5, 2.5)),
    named("blind", judge(Ratio(1.01, 0.0, math.inf, 0.0, 2, "Welch"), 0.03)),
    named("fast", judged(0.9, 0.95)),
    named("equal", judged(0.98, 1.02)),
]


def panel(rows: list[Verdict]) -> Axes:
    (axes,) = chart("title", "subtitle", rows, 0.03, reasons).axes
    return axes


def drawn(axes: Axes, place: int) -> list[tuple[float, str]]:
    """Where on the axis there is a marker in this row, and which."""
    lines = [line for line in axes.lines if list(line.get_ydata()) == [place]]
    return [(float(line.get_xdata()[0]), str(line.get_marker())) for line in lines]


def test_each_state_has_its_shape_at_its_estimate() -> None:
    axes = panel(ROWS)
    assert worst_first(ROWS[::-1]) == ROWS
    for place, verdict in enumerate(row for row in ROWS if row.ratio):
        assert verdict.ratio
        (at,) = [x for x, marker in drawn(axes, place) if marker == MARKS[verdict.state].marker]
        assert at == pytest.approx(math.log(verdict.ratio.estimate))
    assert len(axes.get_yticks()) == 5, "what has no ratio has no line"
    assert len({(mark.marker, mark.filled) for mark in MARKS.values()}) == len(
        MARKS
    ), "told apart without colour"


def test_intervals_end_where_they_end_or_at_an_arrow() -> None:
    axes = panel(ROWS)
    ends = {
        round(float(line.get_segments()[0][0][1])): line.get_segments()[0][:, 0] for line in axes.collections
    }
    assert ends[0] == pytest.approx([math.log(1.05), math.log(1.11)])
    assert ends[1][1] < math.log(2.5), "one wild cell does not squeeze the others"
    arrows = [marker for _, marker in drawn(axes, 1) + drawn(axes, 2)]
    assert arrows.count("<") == arrows.count(">") == 2
    assert [marker for _, marker in drawn(axes, 0)] == [">"]


def test_the_margin_is_a_band() -> None:
    (band,) = panel(ROWS).patches
    ends = band.get_path().get_extents(
        band.get_patch_transform()
    )  # a polygon, a rectangle from matplotlib 3.9 on
    assert [ends.x0, ends.x1] == pytest.approx([-math.log(1.03), math.log(1.03)])


@pytest.mark.parametrize("rows", [[], ROWS[1:2], [named("a", judged(3, 5)), named("b", judged(0.2, 0.3))]])
def test_extremes_are_drawn(rows: list[Verdict], tmp_path: Path) -> None:
    figure = chart("title", "subtitle", rows, 0.0, reasons)
    save(figure, tmp_path / "a.png")
    words = [text.get_text() for text in figure.findobj(Text)]
    assert any("missing in NEW" in said for said in words) == (rows == ROWS[1:2])
    assert ("4.00 x" in words) == (len(rows) == 2)


def test_it_is_well_formed_and_nobody_obeys_a_name(tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg"):
        save(chart(HOSTILE, HOSTILE, ROWS, 0.03, reasons), tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    tree = ElementTree.parse(tmp_path / "a.svg")
    words = " ".join("".join(node.itertext()) for node in tree.iter() if node.tag.endswith("}text"))
    assert "w<script>$x^2$ [31m/pool/workers:1" in words
    assert not [node for node in tree.iter() if node.tag.endswith("script")]


def test_what_has_no_ratio_is_told_below() -> None:
    gone = [named(f"gone{number}", GONE) for number in range(20)]
    words = [text.get_text() for text in chart("title", "", ROWS[:1] + gone, 0.03, reasons).findobj(Text)]
    assert {
        "No ratio (20):",
        "gone0: missing in NEW: no such cell",
        "… and 12 more; --format=json has all.",
    } <= set(words)


def test_a_long_name_keeps_both_ends() -> None:
    (label,) = panel([named("a" * 50 + "/" + "b" * 50, judged(0.9, 1.1))]).get_yticklabels()
    assert (
        label.get_text().startswith("aaa") and label.get_text().endswith("bbb") and len(label.get_text()) < 60
    )


def test_it_is_no_chart_of_results() -> None:
    assert "ratios" not in charts()


def test_colours_differ_in_the_legend() -> None:
    assert len({to_hex(mark.color) for mark in MARKS.values()}) == len(MARKS)


def test_more_cells_than_a_chart_can_have_are_counted() -> None:
    many = [named(f"cell{number}", judged(0.98, 1.02)) for number in range(230)]
    figure = chart("title", "", [*many, ROWS[0]], 0.03, reasons)
    (axes,) = figure.axes
    assert len(axes.get_yticks()) == 200 and axes.get_yticklabels()[0].get_text() == "slow"
    assert "… and 31 more cells; --format=json has all." in {text.get_text() for text in figure.findobj(Text)}
