"""What cold batches take, and of that the start and the end of the workers."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from scripts.analysis.answers.answer import ENOUGH
from scripts.analysis.cold import STAGES, Cold
from scripts.analysis.interval import Interval
from scripts.analysis.text import UNITS, digits, duration, printable, times, unit_for
from scripts.reports import ROWS, Block, Column, Heading, Table, Text, beyond

COLUMNS = [
    Column("executor"),
    Column("workers", right=True),
    Column("cold batch [low, high]", "cold batch\n[low, high]", right=True),
    Column("start", right=True),
    Column("run", right=True, dispensable=1),
    Column("end", right=True),
    Column("warm batch", "warm\nbatch", right=True),
    Column("cold / warm", "cold /\nwarm", right=True),
]


def blocks(found: Sequence[Cold]) -> list[Block]:
    """A table a case; nothing where nothing was measured cold."""
    made: list[Block] = []
    for case, group in itertools.groupby(found[:ROWS], key=lambda one: one.case):
        cells = list(group)
        made += [Heading(f"Cold batches: {case}"), Table(COLUMNS, list(map(_row, cells)))]
        words = [f"{printable(one.contender)}: cold {one.beats_warm}" for one in cells if one.beats_warm]
        made += [Text("; ".join(words), indent=2)] if words else []
    return made + beyond(len(found) - ROWS, "cold cells")


def _row(one: Cold) -> list[str]:
    return [
        one.contender,
        str(one.workers),
        _bracketed(one.real),
        *(duration(one.stages[stage]) for stage in STAGES),
        duration(one.warm.median) if one.warm else "",
        times(one.real.median / one.warm.median) if one.warm else "",
    ]


def _bracketed(real: Interval) -> str:
    """The ends in the median's unit."""
    size = UNITS[unit_for(real.median)]
    ends = f" [{digits(real.low / size)}, {digits(real.high / size)}]" if real.samples >= ENOUGH else ""
    return duration(real.median) + ends
