"""Where the time of a cold batch goes: starting the workers, running, ending them; beside the warm batch. One panel a
case, a bar for each executor at its most workers."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from plots.page import Page
from plots.panels import chunks, how_measured
from plots.style import GRID, INK, styled
from scripts.analysis.scaling import scaling
from scripts.analysis.table import Results
from scripts.analysis.text import UNITS, duration, printable, shortened, unit_for

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
        if len(results.labels) > 1 and len(cold):
            page.text(label, size=11, room=0.2, weight="bold")
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


def _panel(axes: Axes, bars: pd.DataFrame, rows: int) -> None:
    longest = max(bars["total"].max(), bars["warm"].max())
    unit = unit_for(longest)
    axes.set_xlim(0, longest / BARS)
    axes.set_ylim(rows - 0.5, -0.6)
    axes.grid(axis="x", color=GRID)
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / UNITS[unit]:g}"))
    axes.set_xlabel(f"time per cold batch ({unit})")
    names = [shortened(printable(f"{row.contender}, {row.workers}"), 21) for row in bars.itertuples()]
    axes.set_yticks(range(len(bars)), names)
    left = pd.Series(0.0, index=bars.index)
    for stage, color in STAGES.items():
        axes.barh(bars.index, bars[stage], left=left, height=0.74, color=color, label=stage, zorder=2)
        left += bars[stage]
    for y, row in bars.iterrows():
        if row["warm"] > 0:
            axes.vlines(row["warm"], y - 0.37, y + 0.37, color=INK, linewidth=1.6, zorder=3)
        label = f"{duration(row['total'])}, run {row['run'] / row['total']:.0%}"
        axes.annotate(
            label, (max(row["total"], row["warm"] if row["warm"] > 0 else 0), y), (4, 0),
            textcoords="offset points", va="center", size=8,
        )  # fmt: skip
