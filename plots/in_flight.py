"""Event loops: how many tasks in flight it takes, and whether more workers help. Speedup in every cell, one panel a case."""

from __future__ import annotations

import math

from matplotlib.figure import Figure

from plots.heatmap import EDGES, bands, scale
from plots.leading import drawn
from plots.page import Page
from plots.panels import gained, how_measured
from plots.style import styled
from scripts.analysis.answers.answer import answers
from scripts.analysis.scaling import scaling
from scripts.analysis.table import Results


def wanted(results: Results) -> bool:
    """Whether an event loop was measured at several numbers in flight."""
    return bool(_swept(results))


@styled
def draw(results: Results) -> Figure:
    """The chart: tasks in flight down, workers across."""
    swept = _swept(results)
    everything = scaling(results.table)
    look = drawn(results, everything, answers(results, everything))
    cells = [cell for cell in everything if cell.executor in swept]
    page = Page(
        f"Event loops, tasks in flight by workers: {gained(results, cells)}",
        f"{how_measured(results, cells, '')} Blue: faster. Red: slower. {EDGES}",
    )
    colors = scale(page, cells)
    for file, label in enumerate(results.labels):
        for executor, contenders in swept.items():
            mine = [cell for cell in cells if cell.file == file and cell.executor == executor]
            if mine:
                heading = f"{label}: {executor}" if len(results.labels) > 1 else executor
                page.text(heading, size=11, room=0.2, weight="bold")
                labels = {name: f"{number} in flight" for name, number in contenders.items()}
                none = results.failures.iloc[:0]
                cases = {case: look[file, case] for case in sorted({cell.case for cell in mine})}
                bands(page, mine, none, cases, labels, colors)
    return page.finish()


def _swept(results: Results) -> dict[str, dict[str, str]]:
    """By executor with tasks in flight, how many each of its contenders has, fewest first; without those measured at
    one number alone."""
    loops = results.table[results.table["in_flight"].notna()]
    found = {}
    for executor, rows in loops.groupby("executor"):
        numbers = sorted(set(zip(rows["in_flight"], rows["contender"])))
        if len(numbers) > 1:
            spelt = {name: f"{number:g}" if math.isfinite(number) else "all" for number, name in numbers}
            found[executor] = spelt
    return found
