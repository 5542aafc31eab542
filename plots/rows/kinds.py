"""Cases of one workload that differ in one parameter: one panel for all, a row for each value, the best executors as dots."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence

from plots.page import Page
from plots.panels import Place, bars, column, dot, logarithmic, nothing, timed
from plots.style import Look
from scripts.analysis.answers.answer import Answer
from scripts.analysis.scaling import Scaling, at_best
from scripts.analysis.text import printable, shortened

FEWEST = 3  # values; two cases have room for a panel each
ROW = 0.3  # inches
DOTS = 0.63  # of the panel's width
ASIDE = 0.18  # of a row, between the dots in colour: their lines do not hide each other


def swept(cases: Sequence[str]) -> dict[str, dict[str, str]]:
    """By caption, which is the workload with the parameters that do not vary: the cases, and what varies in each. A parameter
    that only some of the cases have is of the caption too."""
    found = {}
    for workload, group in itertools.groupby(sorted(cases), key=lambda case: case.partition("/")[0]):
        parts = {case: case.split("/")[1:] for case in group}
        every = list(dict.fromkeys(part for each in parts.values() for part in each))
        keys = Counter(map(_key, every))
        own = {case: [part for part in each if keys[_key(part)] > 1] for case, each in parts.items()}
        labels = {case: each[0].replace(":", " ", 1) for case, each in own.items() if len(each) == 1}
        if FEWEST <= len(parts) == len(set(labels.values())) == max(keys.values(), default=0):
            found["/".join([workload, *(part for part in every if keys[_key(part)] == 1)])] = labels
    return found


def _key(part: str) -> str:
    return part.partition(":")[0]


def panel(
    page: Page,
    file: int,
    caption: str,
    group: Mapping[str, str],
    cells: Mapping[Place, Sequence[Scaling]],
    found: Mapping[Place, Answer],
    look: Mapping[Place, Mapping[str, Look]],
) -> None:
    """The panel of one file; a value without any number has a word."""
    group = {case: label for case, label in group.items() if (file, case) in look}
    if not group:
        return
    best = {case: at_best(cells.get((file, case), [])) for case in group}
    order = sorted(group, key=lambda case: best[case][0].pace.median if best[case] else float("inf"))
    (axes,) = page.captioned([caption], 1, ROW * len(group) + 0.1, margin=1.45, gap=0)
    page.space(0.6)
    shown = [cell for case in group for cell in best[case]]
    if not shown:
        return nothing(axes, "all failed")
    bars(axes, len(group))
    logarithmic(axes, [cell.pace for cell in shown], DOTS, "time")
    axes.set_yticks(range(len(order)), [shortened(printable(group[case]), 20) for case in order])
    for y, case in enumerate(order):
        if not best[case]:
            column(axes, "all failed", DOTS, y)
            continue
        looks = look[file, case]
        coloured = [cell.contender for cell in best[case] if not looks[cell.contender].grey]
        for cell in best[case]:
            if cell.contender in coloured:
                aside = coloured.index(cell.contender) - (len(coloured) - 1) / 2
                dot(axes, cell.pace, y + ASIDE * aside, looks[cell.contender], marker="o")
            else:
                axes.plot(
                    [cell.pace.median], [y], marker="o", color=looks[cell.contender].color, markersize=3
                )
        answer = found[file, case]
        standing = "use" if answer.useful else "fastest:"
        column(axes, f"{standing} {shortened(answer.use.contender, 16)}, {timed(answer.use)}", DOTS, y)
