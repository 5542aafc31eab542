"""Event loops: how many tasks in flight it takes, and whether more workers help. Speedup in every cell, one panel a case."""

from __future__ import annotations

from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from plots.heatmap import COLUMNS, ROW, panel, scale
from plots.page import Page
from plots.panels import chunks, how_measured
from plots.style import styled
from scripts.analysis.scaling import Scaling, scaling
from scripts.analysis.table import Results


def wanted(results: Results) -> bool:
    """Whether an event loop was measured at several numbers in flight."""
    return bool(_swept(results))


@styled
def draw(results: Results) -> Figure:
    """The chart: tasks in flight down, workers across."""
    swept = _swept(results)
    cells = [cell for cell in scaling(results.table) if cell.executor in set().union(*swept.values())]
    page = Page(
        "Event loops: speedup over the serial loop, tasks in flight by workers",
        how_measured(results, cells, "") + " Blue: faster than serial. Red: slower.",
    )
    colors = scale(page, cells)
    for file, label in enumerate(results.labels):
        for base, names in swept.items():
            mine = [cell for cell in cells if cell.file == file and cell.executor in names]
            if mine:
                page.text(
                    f"{label}: {base}" if len(results.labels) > 1 else base, size=11, room=0.2, weight="bold"
                )
                _bands(page, mine, names, colors)
    return page.finish()


def _bands(page: Page, cells: list[Scaling], names: list[str], colors: ScalarMappable) -> None:
    for chunk in chunks(sorted({cell.case for cell in cells}), COLUMNS):
        row = page.captioned(list(chunk), COLUMNS, ROW * len(names), margin=1.25, gap=0.22)
        for axes, case in zip(row, chunk):
            panel(axes, [cell for cell in cells if cell.case == case], set(), names, colors)
            axes.set_yticks(range(len(names)), [])
        row[0].set_yticklabels([f"{_extent(name)} in flight" for name in names])
        page.space(0.55)


def _extent(executor: str) -> str:
    return executor.partition("@")[2] or "all"


def _swept(results: Results) -> dict[str, list[str]]:
    """By event loop, what it is called at each number in flight, fewest first; without those measured at one alone."""
    loops = results.table[results.table["in_flight"] != ""]
    found: dict[str, list[str]] = {}
    for name in loops["executor"].unique():
        found.setdefault(name.partition("@")[0], []).append(name)
    return {
        base: sorted(names, key=lambda name: (_extent(name) == "all", len(name), name))
        for base, names in found.items()
        if len(names) > 1
    }
