"""How much faster each cell is than the serial loop, from ratios within rounds; and which is best."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from scripts.analysis.interval import Interval, median_interval
from scripts.analysis.table import CELL_COLUMNS, FAILURE_COLUMNS, Results, frame

HIGHEST_EFFICIENCY = 1.5


@dataclass(frozen=True)
class Scaling:
    """One cell of one file over its rounds.

    `speedup` is the serial loop's time over this cell's: the median of the ratios within rounds, so what a
    whole round suffers (a slow minute of the machine) cancels. None where the serial loop has no sample in
    common.
    """

    file: int
    name: str
    workload: str
    case: str
    executor: str
    contender: str
    family: str
    workers: int
    baseline: bool
    in_flight: float  # NaN or, of an event loop, a number, infinite for all
    tasks: int
    real: Interval  # seconds a batch
    cpu: float  # seconds a batch, median
    cpu_ratio: float | None  # CPU a batch over the serial loop's, median of the rounds
    speedup: Interval | None

    @property
    def at_once(self) -> int:
        return at_once(self.workers, self.in_flight, self.tasks)

    @property
    def efficiency(self) -> Interval | None:
        """Speedup a worker; workers beyond the number of tasks count too: they were paid for.

        None also for event loops with more in flight than workers: there is no ideal that workers alone set.
        """
        if self.speedup is None or self.at_once > self.workers:
            return None
        return self.speedup.scaled(1 / self.workers)


def paired(over: pd.Series, under: pd.Series) -> list[float]:
    """The ratio over / under in each round that has both; both are indexed by round. A zero below gives no
    ratio."""
    base = dict(zip(under.index, under))
    return [float(value / base[number]) for number, value in zip(over.index, over) if base.get(number)]


def rounds(table: pd.DataFrame, contender: str, workers: int) -> pd.DataFrame:
    """The samples of one cell of one case, indexed by round; empty if it has none."""
    return table[(table["contender"] == contender) & (table["workers"] == workers)].set_index("round")


def serial(table: pd.DataFrame) -> pd.DataFrame:
    """The samples of the serial loop of one case, indexed by round; empty if it has none."""
    return table[table["baseline"]].set_index("round")


def scaling(table: pd.DataFrame) -> list[Scaling]:
    """One Scaling per cell, by file, case, contender and workers. `table` is as `load` returns it."""
    return [
        _cell(rows.set_index("round"), serial(block), workers)
        for _, block in table.groupby(["file", "case"])
        for (_, workers), rows in block.groupby(["contender", "workers"])
    ]


def _cell(samples: pd.DataFrame, base: pd.DataFrame, workers: int) -> Scaling:
    speedups = paired(base["real"], samples["real"])
    cpu_ratios = paired(samples["cpu"], base["cpu"])
    first: dict[str, Any] = samples.iloc[0].to_dict()
    kept = ("name", "workload", "case", "executor", "contender", "family", "baseline", "in_flight")
    return Scaling(
        **{key: first[key] for key in kept},
        file=int(first["file"]),
        workers=workers,
        tasks=int(first["tasks"]),
        real=median_interval(samples["real"]),
        cpu=float(samples["cpu"].median()),
        cpu_ratio=median_interval(cpu_ratios).median if cpu_ratios else None,
        speedup=median_interval(speedups) if speedups else None,
    )


def at_once(workers: int, in_flight: float, tasks: float) -> int:
    """Tasks that could be under way at the same time: the workers, or what an event loop has in flight."""
    return workers if math.isnan(in_flight) else max(workers, int(min(in_flight, tasks)))


def impossible(speedup: Interval | None, at_once: int) -> str:
    """The efficiency of a cell whose whole speedup interval lies above 1.5 times what it had under way at
    once; "" of any other.

    Such a cell did not do the work (or the serial loop did more). Work that waits is held to the same limit:
    k workers wait at most k times less, and k tasks in flight under an event loop do.
    """
    if speedup is None or speedup.low <= HIGHEST_EFFICIENCY * at_once:
        return ""
    found = speedup.scaled(1 / at_once)
    span = f"{found.median:.2f} [{found.low:.2f}, {found.high:.2f}]"
    return f"efficiency {span}, over {HIGHEST_EFFICIENCY}"


def refuse_impossible(results: Results) -> Results:
    """The results with the cells that are impossible among the failures: a run's are there already, the
    binary by itself cannot know."""
    refused = []
    table = results.table
    for cell in scaling(table):
        if not (reason := impossible(cell.speedup, cell.at_once)):
            continue
        mine = (table["file"] == cell.file) & (table["case"] == cell.case)
        table = table[~(mine & (table["contender"] == cell.contender) & (table["workers"] == cell.workers))]
        place = {key: getattr(cell, key) for key in CELL_COLUMNS}
        refused.append({**place, "kind": "impossible", "reason": reason})
    if not refused:
        return results
    failures = pd.concat([results.failures, frame(refused, FAILURE_COLUMNS)], ignore_index=True)
    return replace(results, table=table.reset_index(drop=True), failures=failures)


@dataclass(frozen=True)
class Best:
    """The best cell of one case in one file: the smallest median time a batch.

    `ties` are the contenders, each at its own best worker count, that cannot be distinguished from it, the
    fastest (the best itself) first. `enough` is the smallest worker count at which the best contender is
    within `slack` of its best.
    """

    cell: Scaling
    ties: tuple[Scaling, ...]
    enough: int


def at_best(cells: Iterable[Scaling]) -> list[Scaling]:
    """Each contender of one case at the worker count of its smallest median time (the fewest of equals),
    fastest first."""
    chosen: dict[str, Scaling] = {}
    for cell in sorted(cells, key=lambda cell: (cell.real.median, cell.workers, cell.contender)):
        chosen.setdefault(cell.contender, cell)
    return list(chosen.values())


def best(table: pd.DataFrame, margin: float = 0.02, slack: float = 0.05) -> list[Best]:
    """The Best of every file and case in the table.

    A contender ties when the interval of its time over the best's, paired by round, holds 1, or when its
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
        enough = min(c.workers for c in here if c.contender == winner.contender and c.real.median <= near)
        ties = tuple(cell for cell in ranked if cell is winner or _ties(block, cell, winner, margin))
        found.append(Best(winner, ties, enough))
    return found


def _ties(block: pd.DataFrame, cell: Scaling, winner: Scaling, margin: float) -> bool:
    if cell.real.median <= (1 + margin) * winner.real.median:
        return True
    times = rounds(block, cell.contender, cell.workers)["real"]
    ratios = paired(times, rounds(block, winner.contender, winner.workers)["real"])
    return bool(ratios) and 1.0 in median_interval(ratios)
