"""Cases of one cell, which competes with none: panels with a row a case, those of one workload together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from plots.page import Page
from plots.panels import Place, bars, chunks, column, dot, logarithmic
from plots.style import Look
from scripts.analysis.scaling import Scaling
from scripts.analysis.text import duration, printable, shortened

FEWEST = 3  # cases of a workload with a panel of its own
MOST = 40  # rows of a panel
ROW = 0.22  # inches
DOTS = 0.63  # of the panel's width


def panels(
    page: Page, cells: Sequence[Scaling], look: Mapping[Place, Mapping[str, Look]], words: str, beside: bool
) -> None:
    """Those of one file, fastest first; `words` say what a time is. `beside`: of others too."""
    by_workload: dict[str, list[Scaling]] = {}
    for cell in sorted(cells, key=lambda cell: cell.pace.median):
        by_workload.setdefault(cell.workload, []).append(cell)
    several = {name: group for name, group in by_workload.items() if len(group) >= FEWEST}
    rest = [cell for group in by_workload.values() if len(group) < FEWEST for cell in group]
    for caption, group in [
        *several.items(),
        *([("the others" if several or beside else "all", rest)] if rest else []),
    ]:
        for rows in chunks(group, MOST):
            _panel(page, caption, rows, look, words)


def _panel(
    page: Page, caption: str, rows: Sequence[Scaling], look: Mapping[Place, Mapping[str, Look]], words: str
) -> None:
    (axes,) = page.captioned([caption], 1, ROW * len(rows) + 0.1, margin=2.9, gap=0)
    page.space(0.6)
    bars(axes, len(rows))
    logarithmic(axes, [cell.pace for cell in rows], DOTS, words)
    axes.set_yticks(range(len(rows)), [shortened(printable(cell.case), 42) for cell in rows])
    for y, cell in enumerate(rows):
        dot(axes, cell.pace, y, look[cell.file, cell.case][cell.contender], marker="o")
        column(axes, duration(cell.pace.median), DOTS, y)
