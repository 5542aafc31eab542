"""Where the time of a cold batch goes: starting the workers, running, ending them; beside the warm batch. One panel a
case, a bar for each executor at its most workers."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from plots.page import Page
from plots.panels import bars, beside, chunks, how_measured, times
from plots.style import INK, styled
from scripts.analysis.scaling import scaling
from scripts.analysis.table import Results
from scripts.analysis.text import duration, printable, shortened

COLUMNS = 2
BAR = 0.2  # inches a bar
BARS = 0.58  # of a panel's width; the rest is for the words beside the longest bar
STAGES = {"open": "#0060a0", "run": "#a6a6a6", "close": "#e6b020"}  # by the table's columns
MEANS = {"open": "start the workers", "run": "run the first batch", "close": "end them"}


def wanted(results: Results) -> bool:
    """Whether anything was measured cold."""
    return len(results.cold) > 0


@styled
def draw(results: Results) -> Figure:
    """The chart. A stage is the median of its rounds, each the mean of a process's batches."""
    cells = scaling(results.cold)
    page = Page(
        "A cold batch: from no workers to none (shorter is better)",
        how_measured(results, cells, "") + " Each executor at its most workers.",
    )
    handles = [Patch(color=color, label=MEANS[stage]) for stage, color in STAGES.items()]
    warm = Line2D([], [], color=INK, marker="|", markersize=9, linestyle="", label="a warm batch")
    page.legend([*handles, warm], 4)
    for file, label in enumerate(results.labels):
        cold = results.cold[results.cold["file"] == file]
        if len(cold):
            page.heading(label, results)
        known = results.table[results.table["file"] == file]
        panels = {case: _bars(rows, known[known["case"] == case]) for case, rows in cold.groupby("case")}
        for chunk in chunks(sorted(panels), COLUMNS):
            rows = max(len(panels[case]) for case in chunk)
            columns = min(COLUMNS, len(panels))
            axes = page.captioned(list(chunk), columns, BAR * rows + 0.1, margin=1.35, gap=1.35)
            for one, case in zip(axes, chunk):
                _panel(one, panels[case], rows)
            page.space(0.6)
    return page.finish()


def _bars(cold: pd.DataFrame, warm: pd.DataFrame) -> pd.DataFrame:
    """A row for each executor at its most workers: the stages and the warm time in seconds, shortest first."""
    most = cold.groupby("contender")["workers"].transform("max") == cold["workers"]
    bars = cold[most].groupby(["contender", "workers"])[list(STAGES)].median()
    bars["warm"] = warm.groupby(["contender", "workers"])["real"].median()
    return bars.assign(total=bars[list(STAGES)].sum(axis=1)).sort_values("total").reset_index()


def _panel(axes: Axes, cells: pd.DataFrame, rows: int) -> None:
    bars(axes, rows)
    times(axes, max(cells["total"].max(), cells["warm"].max()), BARS, "time per cold batch")
    names = [shortened(printable(f"{row.contender}, {row.workers}"), 21) for row in cells.itertuples()]
    axes.set_yticks(range(len(cells)), names)
    left = pd.Series(0.0, index=cells.index)
    for stage, color in STAGES.items():
        axes.barh(cells.index, cells[stage], left=left, height=0.74, color=color, label=stage, zorder=2)
        left += cells[stage]
    for y, row in cells.iterrows():
        end = row["total"]
        if row["warm"] > 0:
            axes.vlines(row["warm"], y - 0.37, y + 0.37, color=INK, linewidth=1.6, zorder=3)
            end = max(end, row["warm"])
        beside(axes, f"{duration(row['total'])}, run {row['run'] / row['total']:.0%}", end, y)
