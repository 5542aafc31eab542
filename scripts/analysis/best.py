"""Which executor, and how many workers: the answer for one case, with everything that ties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable

import pandas as pd

from scripts.analysis.interval import median_interval
from scripts.analysis.scaling import Scaling, paired, rounds, scaling


@dataclass(frozen=True)
class Best:
    """The best cell of one case in one file: the smallest median time a batch.

    `ties` are the executors, each at its own best worker count, that cannot be told from it, the fastest (the
    best itself) first. `enough` is the smallest worker count at which the best executor is within `slack` of
    its best.
    """

    cell: Scaling
    ties: tuple[Scaling, ...]
    enough: int


def at_best(cells: Iterable[Scaling]) -> list[Scaling]:
    """Each executor of one case at the worker count of its smallest median time (the fewest of equals),
    fastest first."""
    chosen: dict[str, Scaling] = {}
    for cell in sorted(cells, key=lambda cell: (cell.real.median, cell.workers, cell.executor)):
        chosen.setdefault(cell.executor, cell)
    return list(chosen.values())


def best(table: pd.DataFrame, margin: float = 0.02, slack: float = 0.05) -> list[Best]:
    """The Best of every file and case in the table.

    An executor ties when the interval of its time over the best's, paired by round, holds 1, or when its
    median time is within `margin` of the best's: differences below 2 % are within what the layout of a binary
    alone can do (T. Mytkowicz et al., Producing Wrong Data Without Doing Anything Obviously Wrong!, ASPLOS
    2009).
    """
    found = []
    cells = scaling(table)
    for (file, case), block in table.groupby(["file", "case"]):
        here = [cell for cell in cells if (cell.file, cell.case) == (file, case)]
        ranked = at_best(here)
        winner = ranked[0]
        near = (1 + slack) * winner.real.median
        enough = min(c.workers for c in here if c.executor == winner.executor and c.real.median <= near)
        ties = tuple(cell for cell in ranked if cell is winner or _ties(block, cell, winner, margin))
        found.append(Best(winner, ties, enough))
    return found


def _ties(block: pd.DataFrame, cell: Scaling, winner: Scaling, margin: float) -> bool:
    if cell.real.median <= (1 + margin) * winner.real.median:
        return True
    times = rounds(block, cell.executor, cell.workers)["real"]
    ratios = paired(times, rounds(block, winner.executor, winner.workers)["real"])
    return bool(ratios) and 1.0 in median_interval(ratios)
