"""Ratios of two builds with their intervals, one line a cell, beside the margin within which changes are of no interest.

Not one of the charts of results: it is drawn from verdicts, by the commands that judge.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from plots.page import CHARACTER, Page
from plots.style import GRID, INK, SOFT, styled
from scripts.analysis.ratio import Ratio
from scripts.analysis.text import change, printable, times
from scripts.analysis.verdict import State, Verdict, worst_first

LINE = 0.2  # inches a cell
NAMES = 3.7  # inches
BAND = "#ececec"
WORDS = 0.22  # of the panel's width, for the words on its right
REACH = 2.5  # times the largest estimate (or the margin), that the axis goes to: wider intervals are cut off, with an arrow


@dataclass(frozen=True)
class Mark:
    """How a state is drawn: distinct in shape and filling, so in grey too."""

    color: str
    marker: str
    filled: bool = True

    def fields(self) -> dict[str, Any]:
        """Keyword arguments for Axes.plot."""
        face = self.color if self.filled else "white"
        return {"color": self.color, "marker": self.marker, "markerfacecolor": face, "linewidth": 1.4}


MARKS: dict[State, Mark] = {
    "slower": Mark("#d55e00", ">"),
    "faster": Mark("#0060a0", "<"),
    "same": Mark("#444444", "o"),
    "inconclusive": Mark("#8a6d00", "o", filled=False),
    "invalid": Mark("#a0447f", "x"),
}


@styled
def chart(
    title: str, subtitle: str, verdicts: Sequence[Verdict], margin: float, reasons: Callable[[Verdict], str]
) -> Figure:
    """The chart of the verdicts, the worst first; below it, those that have no ratio, with their reasons."""
    page = Page(title, subtitle)
    ordered = worst_first(verdicts)
    without = [f"{verdict.name}: {reasons(verdict)}" for verdict in ordered if verdict.ratio is None]
    rows = [verdict for verdict in ordered if verdict.ratio is not None]
    states = {verdict.state for verdict in rows}
    handles = [Line2D([], [], label=state, **MARKS[state].fields()) for state in MARKS if state in states]
    page.legend([*handles, Patch(facecolor=BAND, label=f"margin, {100 * margin:g} %")], 6)
    (axes,) = page.row(1, 1, LINE * max(len(rows), 1) + 0.15, margin=NAMES, gap=0)
    limit = _limit(rows, margin)
    _scenery(axes, limit, margin)
    for place, verdict in enumerate(rows):
        if verdict.ratio:
            _line(axes, place, verdict.ratio, verdict.state, limit)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks(range(len(rows)), [_fitting(verdict.name) for verdict in rows])
    page.space(0.5)
    if without:
        page.notes(f"No ratio ({len(without)}):", without, "the table has all")
    return page.finish()


def _fitting(name: str) -> str:
    """A name as it fits, its beginning and its end: cells differ in either."""
    words, most = printable(name), int(NAMES / CHARACTER)
    return words if len(words) <= most else f"{words[: most // 2]}…{words[-(most // 2 - 1):]}"


def _limit(rows: Sequence[Verdict], margin: float) -> float:
    """How far the axis goes to either side, in logs."""
    ratios = [verdict.ratio for verdict in rows if verdict.ratio and verdict.ratio.bounded]
    ends = [abs(math.log(end)) for ratio in ratios for end in (ratio.low, ratio.high)]
    estimates = [abs(math.log(ratio.estimate)) for ratio in ratios]
    edge = max(math.log1p(margin), 0.01)
    return min(max([1.3 * edge, *(1.05 * end for end in ends)]), REACH * max([edge, *estimates]))


def _scenery(axes: Axes, limit: float, margin: float) -> None:
    axes.set_xlim(-limit, limit * (1 + WORDS) / (1 - WORDS))
    axes.axvspan(-math.log1p(margin), math.log1p(margin), color=BAND, linewidth=0, zorder=0)
    axes.axvline(0, color=SOFT, linewidth=1, zorder=1)
    axes.grid(axis="x", color=GRID)
    axes.spines["left"].set_visible(False)
    ticks = {at: words for at, words in _ticks(limit).items() if abs(at) <= limit}
    axes.set_xticks(list(ticks), list(ticks.values()))
    axes.set_xlabel("time of NEW against BASE", x=(1 - WORDS) / 2)


def _ticks(limit: float) -> dict[float, str]:
    """Even percents; beyond a factor of 2, its powers."""
    if limit <= math.log(2):
        percents = MaxNLocator(6).tick_values(100 * math.expm1(-limit), 100 * math.expm1(limit))
        return {math.log1p(percent / 100): f"{percent:+g} %" if percent else "0" for percent in percents}
    powers = MaxNLocator(6, integer=True).tick_values(-limit / math.log(2), limit / math.log(2))
    return {float(power) * math.log(2): f"{times(2.0**power)} x" if power else "1" for power in powers}


def _line(axes: Axes, place: int, ratio: Ratio, state: State, limit: float) -> None:
    mark = MARKS[state]
    ends = (ratio.low, ratio.estimate, ratio.high)
    low, middle, high = (max(-limit, min(limit, _log(end))) for end in ends)
    style = "-" if ratio.bounded else ":"
    axes.hlines(place, low, high, color=mark.color, linewidth=1.4, linestyle=style, zorder=3)
    for end, arrow in ((low, "<"), (high, ">")):
        if abs(end) == limit:
            axes.plot([end], [place], marker=arrow, color=mark.color, markersize=3, clip_on=False, zorder=3)
    axes.plot([middle], [place], markersize=5.5, zorder=4, **mark.fields())
    where = {"xycoords": axes.get_yaxis_transform(), "ha": "right", "va": "center"}
    axes.annotate(f"{change(ratio.estimate)}  {state}", (1, place), size=7.5, color=INK, **where)


def _log(ratio: float) -> float:
    return math.log(ratio) if ratio > 0 else -math.inf
