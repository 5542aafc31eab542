"""Where the time of a cold batch goes: starting the workers, running, ending them; beside the warm batch. One panel a
case, a bar for each executor at its most workers."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from plots.page import Page
from plots.panels import bars, beside, certain, chunks, how_measured, times
from plots.style import INK, styled
from scripts.analysis.cold import STAGES, Cold, cold
from scripts.analysis.scaling import scaling
from scripts.analysis.table import Results
from scripts.analysis.text import duration, printable, shortened

COLUMNS = 2
BAR = 0.2  # inches a bar
BARS = 0.55  # of a panel's width; the rest is for the words beside the longest bar
DRAWN = {  # by stage
    "open": ("#0060a0", "start the workers"),
    "run": ("#a6a6a6", "run the first batch"),
    "close": ("#e6b020", "end them"),
}


def wanted(results: Results) -> bool:
    """Whether anything was measured cold."""
    return len(results.cold) > 0


@styled
def draw(results: Results) -> Figure:
    """The chart. A stage is the median of its rounds, each the mean of a process's batches."""
    found = cold(results)
    page = Page(
        "A cold batch: from no workers to none (shorter is better)",
        how_measured(results, scaling(results.cold), "dot and line") + " Each executor at its most workers.",
    )
    patches = [Patch(color=color, label=means) for color, means in DRAWN.values()]
    warm = Line2D([], [], color=INK, marker="|", markersize=9, linestyle="", label="a warm batch")
    page.legend([*patches, warm], 4)
    for file, label in enumerate(results.labels):
        panels: dict[str, list[Cold]] = {}
        for one in found:
            if one.file == file:
                panels.setdefault(one.case, []).append(one)
        if panels:
            page.heading(label, results)
        for chunk in chunks(list(panels), COLUMNS):
            rows = max(len(panels[case]) for case in chunk)
            columns = min(COLUMNS, len(panels))
            axes = page.captioned(list(chunk), columns, BAR * rows + 0.1, margin=1.35, gap=1.35)
            for panel, case in zip(axes, chunk):
                _panel(panel, panels[case], rows)
            page.space(0.6)
    return page.finish()


def _panel(axes: Axes, cells: Sequence[Cold], rows: int) -> None:
    bars(axes, rows)
    times(axes, max(map(_end, cells)), BARS, "time per cold batch")
    names = [shortened(printable(f"{one.contender}, {one.workers}"), 21) for one in cells]
    axes.set_yticks(range(len(cells)), names)
    for y, one in enumerate(cells):
        left = 0.0
        for stage in STAGES:
            axes.barh(y, one.stages[stage], left=left, height=0.74, color=DRAWN[stage][0], zorder=2)
            left += one.stages[stage]
        if certain(one.real):
            axes.hlines(y, one.real.low, one.real.high, color=INK, linewidth=1, zorder=3)
            axes.vlines([one.real.low, one.real.high], y - 0.16, y + 0.16, color=INK, linewidth=1, zorder=3)
            axes.plot([one.real.median], [y], marker="o", markersize=3, color=INK, zorder=3)
        if one.warm:
            axes.vlines(one.warm.median, y - 0.37, y + 0.37, color=INK, linewidth=1.6, zorder=3)
        share = f"run {one.stages['run'] / sum(one.stages.values()):.0%}"
        beside(axes, f"{duration(one.real.median)}, {one.beats_warm or share}", _end(one), y)


def _end(one: Cold) -> float:
    """Of all that is drawn of it."""
    ends = [sum(one.stages.values()), one.real.high if certain(one.real) else 0.0]
    return max(*ends, one.warm.median if one.warm else 0.0)
