"""How much faster each cell is than the serial loop, from ratios within rounds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from scripts.analysis.interval import Interval, median_interval
from scripts.analysis.table import FAILURE_COLUMNS, Results, frame

HIGHEST_EFFICIENCY = 1.5


@dataclass(frozen=True)
class Scaling:
    """One cell of one file over its rounds.

    `speedup` is the serial loop's time over this cell's, `own_speedup` the executor's own 1-worker time over
    it: medians of the ratios within rounds, so what a whole round suffers (a slow minute of the machine)
    cancels. None where the base has no sample in common.
    """

    file: int
    name: str
    workload: str
    case: str
    executor: str
    workers: int
    in_flight: str  # "" or, of an event loop, "all" or a number
    tasks: int
    real: Interval  # seconds a batch
    cpu: float  # seconds a batch, median
    cpu_ratio: float | None  # CPU a batch over the serial loop's, median of the rounds
    speedup: Interval | None
    own_speedup: Interval | None

    @property
    def at_once(self) -> int:
        """Tasks that could be under way at the same time: the workers, or what an event loop has in flight."""
        if not self.in_flight:
            return self.workers
        most = self.tasks if self.in_flight == "all" else min(int(self.in_flight), self.tasks)
        return max(self.workers, most)

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


def rounds(table: pd.DataFrame, executor: str, workers: int) -> pd.DataFrame:
    """The samples of one cell of one case, indexed by round; empty if it has none."""
    return table[(table["executor"] == executor) & (table["workers"] == workers)].set_index("round")


def scaling(table: pd.DataFrame) -> list[Scaling]:
    """One Scaling per cell, by file, case, executor and workers. `table` is as `load` returns it."""
    cells = []
    for (file, case), block in table.groupby(["file", "case"]):
        samples = {key: rows.set_index("round") for key, rows in block.groupby(["executor", "workers"])}
        none = block.iloc[:0].set_index("round")
        serial = samples.get(("serial", 1), none)
        for (executor, workers), mine in samples.items():
            cells.append(_cell(mine, serial, samples.get((executor, 1), none), workers))
    return cells


def _cell(samples: pd.DataFrame, serial: pd.DataFrame, own: pd.DataFrame, workers: int) -> Scaling:
    def over(base: pd.DataFrame) -> Interval | None:
        ratios = paired(base["real"], samples["real"])
        return median_interval(ratios) if ratios else None

    cpu_ratios = paired(samples["cpu"], serial["cpu"])
    first: dict[str, Any] = samples.iloc[0].to_dict()
    return Scaling(
        file=int(first["file"]),
        name=first["name"],
        workload=first["workload"],
        case=first["case"],
        executor=first["executor"],
        workers=workers,
        in_flight=first["in_flight"],
        tasks=int(first["tasks"]),
        real=median_interval(samples["real"]),
        cpu=float(samples["cpu"].median()),
        cpu_ratio=median_interval(cpu_ratios).median if cpu_ratios else None,
        speedup=over(serial),
        own_speedup=over(own),
    )


def refuse_impossible(results: Results) -> Results:
    """The results without the cells whose whole speedup interval lies above 1.5 times what they had under way at
    once; those join the failures.

    Such a cell did not do the work (or the serial loop did more). Work that waits is held to the same limit:
    k workers wait at most k times less, and k tasks in flight under an event loop do.
    """
    refused = []
    table = results.table
    for cell in scaling(table):
        if cell.speedup is None or cell.speedup.low <= HIGHEST_EFFICIENCY * cell.at_once:
            continue
        efficiency = cell.speedup.scaled(1 / cell.at_once)
        mine = (table["file"] == cell.file) & (table["case"] == cell.case)
        table = table[~(mine & (table["executor"] == cell.executor) & (table["workers"] == cell.workers))]
        reason = (
            f"efficiency {efficiency.median:.2f} [{efficiency.low:.2f}, {efficiency.high:.2f}] of the serial loop, "
            f"over {HIGHEST_EFFICIENCY}"
        )
        place = {
            key: getattr(cell, key) for key in ("file", "name", "workload", "case", "executor", "workers")
        }
        refused.append({**place, "kind": "impossible", "reason": reason})
    if not refused:
        return results
    failures = pd.concat([results.failures, frame(refused, FAILURE_COLUMNS)], ignore_index=True)
    return replace(results, table=table.reset_index(drop=True), failures=failures)
