"""Who is in colour: three contenders of each case, by one rule with the answer; the others are grey."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from matplotlib.lines import Line2D

from plots.panels import Place, cases, contenders
from plots.style import PALE, Look, looks
from scripts.analysis.answers.answer import Answer
from scripts.analysis.scaling import Scaling, at_best, by_case
from scripts.analysis.table import Results

LEADING = 3  # contenders of a case in colour, beside the serial loop
IN_COLOUR = "In colour: the one to use and the next two of each case."


def leading(found: Answer, cells: Sequence[Scaling]) -> list[str]:
    """The contenders of a case that are in colour: the one to use, others that may be the best, then by time. The serial loop
    is none of them: it has a look of its own."""
    ranked = [*found.tied, *(cell.contender for cell in at_best(cells))]
    serial = {cell.contender for cell in cells if cell.serial}
    return [name for name in dict.fromkeys(ranked) if name not in serial][:LEADING]


def drawn(
    results: Results, cells: Iterable[Scaling], found: Mapping[Place, Answer]
) -> dict[Place, dict[str, Look]]:
    """How each contender is drawn in each case of each file: in its colour or grey."""
    everybody = looks(contenders(results))
    here = by_case(cells)
    places = [(file, case) for file in range(len(results.labels)) for case in cases(results, file)]
    first = {place: leading(found[place], here[place]) if place in found else [] for place in places}
    return {
        place: {
            name: look if look.baseline or name in first[place] else look.greyed()
            for name, look in everybody.items()
        }
        for place in places
    }


def handles(found: Iterable[Mapping[str, Look]], **how: Any) -> list[Line2D]:
    """For a legend: those that are in colour anywhere, and one for all others."""
    everywhere = [item for each in found for item in each.items()]
    order = dict.fromkeys(name for name, _ in everywhere)
    coloured = {name: look for name, look in everywhere if not look.grey}
    lines = [
        Line2D(
            [], [], label=name, markersize=0 if look.baseline and not how else 5, **{**look.fields(), **how}
        )
        for name, look in ((name, coloured[name]) for name in order if name in coloured)
    ]
    others = Line2D([], [], label="others", markersize=3, **{**Look(PALE, "o", "-", 0.9, 3).fields(), **how})
    return lines + [others] * (len(coloured) < len(order))
