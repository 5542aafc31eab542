"""The chart of verdicts: one line a cell, its state told by shape too, nothing from data drawn as markup."""

from __future__ import annotations

import math
from pathlib import Path
from xml.etree import ElementTree

import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.text import Text

from plots import charts, save
from plots.ratios import MARKS, chart
from scripts.analysis.ratio import Ratio
from scripts.analysis.verdict import Verdict, invalid, judge

HOSTILE = "w<script>$x^2$\x1b[31m/pool/workers:1"
Named = tuple[str, Verdict]


def judged(low: float, high: float) -> Verdict:
    return judge(Ratio(math.sqrt(low * high), low, high, 0.01, 16, "rank-sum"), 0.03)


ROWS: list[Named] = [
    ("slow", judged(1.05, 1.11)),
    ("fast", judged(0.9, 0.95)),
    ("equal", judged(0.98, 1.02)),
    ("wide", judged(0.5, 2.5)),
    ("blind", judge(Ratio(1.01, 0.0, math.inf, 0.0, 2, "Welch"), 0.03)),
    (HOSTILE, invalid(0.03, "missing in NEW")),
]


def panel(rows: list[Named]) -> Axes:
    (axes,) = chart("title", "subtitle", rows, 0.03).axes
    return axes


def drawn(axes: Axes, place: int) -> list[tuple[float, str]]:
    """Where on the axis there is a marker in this row, and which."""
    lines = [line for line in axes.lines if list(line.get_ydata()) == [place]]
    return [(float(line.get_xdata()[0]), str(line.get_marker())) for line in lines]


def test_each_state_has_its_shape_at_its_estimate() -> None:
    axes = panel(ROWS)
    for place, (_, verdict) in enumerate(ROWS[:4]):
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
    assert ends[3][1] < math.log(2.5), "one wild cell does not squeeze the others"
    arrows = [marker for _, marker in drawn(axes, 3) + drawn(axes, 4)]
    assert arrows.count("<") == arrows.count(">") == 2
    assert [marker for _, marker in drawn(axes, 0)] == [">"]


def test_the_margin_is_a_band() -> None:
    (band,) = panel(ROWS).patches
    ends = band.get_path().get_extents(band.get_patch_transform())  # a polygon, a rectangle from matplotlib 3.9 on
    assert [ends.x0, ends.x1] == pytest.approx([-math.log(1.03), math.log(1.03)])


@pytest.mark.parametrize("rows", [[], ROWS[5:], [("a", judged(3, 5)), ("b", judged(0.2, 0.3))]])
def test_extremes_are_drawn(rows: list[Named], tmp_path: Path) -> None:
    figure = chart("title", "subtitle", rows, 0.0)
    save(figure, tmp_path / "a.png")
    words = [text.get_text() for text in figure.findobj(Text)]
    assert any("missing in NEW" in said for said in words) == (rows == ROWS[5:])
    assert ("4.00 x" in words) == (len(rows) == 2)


def test_it_is_well_formed_and_nobody_obeys_a_name(tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg"):
        save(chart(HOSTILE, HOSTILE, ROWS, 0.03), tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    tree = ElementTree.parse(tmp_path / "a.svg")
    words = " ".join("".join(node.itertext()) for node in tree.iter() if node.tag.endswith("}text"))
    assert "w<script>$x^2$ [31m/pool/workers:1" in words
    assert not [node for node in tree.iter() if node.tag.endswith("script")]


def test_what_has_no_ratio_is_told_below() -> None:
    gone = [(f"gone{number}", invalid(0.03, "missing in NEW")) for number in range(20)]
    words = [text.get_text() for text in chart("title", "", ROWS[:1] + gone, 0.03).findobj(Text)]
    assert {"No ratio (20):", "gone0: missing in NEW", "… and 12 more; the table has all."} <= set(words)


def test_a_long_name_keeps_both_ends() -> None:
    (label,) = panel([("a" * 50 + "/" + "b" * 50, judged(0.9, 1.1))]).get_yticklabels()
    assert (
        label.get_text().startswith("aaa") and label.get_text().endswith("bbb") and len(label.get_text()) < 60
    )


def test_it_is_no_chart_of_results() -> None:
    assert "ratios" not in charts()


def test_colours_differ_in_the_legend() -> None:
    assert len({to_hex(mark.color) for mark in MARKS.values()}) == len(MARKS)
