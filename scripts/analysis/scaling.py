"""How much faster each cell is than the serial loop, from ratios within rounds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from scripts.analysis.interval import NOMINAL, Interval, median_interval
from scripts.analysis.table import CELL_COLUMNS, FAILURE_COLUMNS, SERIAL, Results, frame, joined

if TYPE_CHECKING:
    import pandas as pd

HIGHEST_EFFICIENCY = 1.5
KEY = ["file", "case", "contender", "workers"]  # of a cell, the columns by which it is sorted
FIXED = [
    *CELL_COLUMNS,
    "kind",
    "in_flight",
    "tasks",
    "weak",
    "work",
]  # what all samples of a cell have in common
Key = tuple[int, str, str, int]
Times = Mapping[int, float]  # by round


@dataclass(frozen=True)
class Scaling:
    """One cell of one file over its rounds.

    `speedup` is the baseline's time over this cell's: the median of the ratios within rounds, so what a
    whole round suffers (a slow minute of the machine) cancels. None where the baseline has no sample in
    common. Of weak scaling it is the scaled speedup, N T(1) / T(N): both times are those of the same work, so
    that efficiency is T(1) / T(N).
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
    kind: str  # of the executor: serial, threads, loop or processes
    in_flight: float  # NaN or, of an event loop, a number, infinite for all
    tasks: int
    weak: bool  # of weak scaling
    work: int  # of a batch, over that of one worker; 1 where it does not grow
    real: Interval  # seconds a batch
    cpu: float  # seconds a batch, median
    cpu_ratio: float | None  # CPU for the same work over the baseline's, median of the rounds
    speedup: Interval | None
    scaled: Interval | None  # speedup over one worker of what does the same work: the serial loop, else its own fewest

    @property
    def serial(self) -> bool:
        """Whether it is the serial loop."""
        return self.family == SERIAL

    @property
    def key(self) -> Key:
        return self.file, self.case, self.contender, self.workers

    @property
    def pace(self) -> Interval:
        """Seconds for the work of one worker: what cells of different work compete in. Elsewhere that is a batch."""
        return self.real.scaled(1 / self.work)

    @property
    def at_once(self) -> int:
        return at_once(self.workers, self.in_flight, self.tasks)

    @property
    def efficiency(self) -> Interval | None:
        """Speedup over one worker, a worker; workers beyond the number of tasks count too: they were paid for.

        None also for event loops with more in flight than workers: there is no ideal that workers alone set.
        """
        if self.scaled is None or self.at_once > self.workers:
            return None
        return self.scaled.scaled(1 / self.workers)


def paired(over: Times, under: Times) -> list[float]:
    """The ratio over / under in each round that has both, by round. A zero below gives no ratio."""
    return [float(value / below) for number, value in over.items() if (below := under.get(number))]


def rounds(table: pd.DataFrame, contender: str, workers: int) -> pd.DataFrame:
    """The samples of one cell of one case, indexed by round; empty if it has none."""
    return table[(table["contender"] == contender) & (table["workers"] == workers)].set_index("round")


def serial(table: pd.DataFrame) -> pd.DataFrame:
    """The samples of the serial loop of one case, indexed by round; empty if it has none."""
    return table[table["baseline"]].set_index("round")


def by_round(table: pd.DataFrame, column: str) -> dict[Key, dict[int, float]]:
    """A column by cell and round, in one pass: a table for each of 100,000 cells would take minutes."""
    found: dict[Key, dict[int, float]] = {}
    for file, case, contender, workers, number, value in zip(
        *(table[name] for name in (*KEY, "round", column))
    ):
        found.setdefault((file, case, contender, workers), {})[number] = value
    return found


def paces(table: pd.DataFrame, column: str = "real") -> dict[Key, dict[int, float]]:
    """Seconds for the work of one worker, by cell and round."""
    return by_round(table.assign(pace=table[column] / table["work"]), "pace")


def scaling(table: pd.DataFrame) -> list[Scaling]:
    """One Scaling per cell, by file, case, contender and workers. `table` is as `load` returns it."""
    real, cpu = paces(table), paces(table, "cpu")
    first = table.drop_duplicates(KEY).sort_values(KEY)
    keys = zip(*(first[name] for name in KEY))
    cells = {key: dict(zip(FIXED, values)) for key, *values in zip(keys, *(first[name] for name in FIXED))}
    bases = {key[:2]: key for key, cell in cells.items() if cell["baseline"]}
    fewest = {key[:3]: key for key in reversed(cells)}  # keys are in the order of their workers

    def one(key: Key) -> Scaling:
        base = bases.get(key[:2])
        speedups = paired(real[base], real[key]) if base else []
        speedup = median_interval(speedups) if speedups else None
        cpu_ratios = paired(cpu[key], cpu[base]) if base else []
        scaled = speedup
        if base and cells[base]["family"] != SERIAL:
            least = fewest[key[:3]]
            own = paired(real[least], real[key])
            scaled = median_interval(own).scaled(least[-1]) if own else None
        return Scaling(
            **cells[key],
            real=median_interval(real[key].values()).scaled(cells[key]["work"]),
            cpu=statistics.median(cpu[key].values()) * cells[key]["work"],
            cpu_ratio=statistics.median(cpu_ratios) if cpu_ratios else None,
            speedup=speedup,
            scaled=scaled,
        )

    return [one(key) for key in cells]


def at_once(workers: int, in_flight: float, tasks: float) -> int:
    """Tasks that could be under way at the same time: the workers, or what an event loop has in flight."""
    return workers if math.isnan(in_flight) else max(workers, int(min(in_flight, tasks)))


def impossible(speedup: Interval | None, at_once: int) -> str:
    """The efficiency of a cell whose whole speedup interval lies above 1.5 times what it had under way at
    once; "" of any other.

    Such a cell did not do the work (or the serial loop did more). Work that waits is held to the same limit:
    k workers wait at most k times less, and k tasks in flight under an event loop do. Rounds too few for an interval may all
    have met a slow serial loop: twice the limit is theirs.
    """
    if speedup is None:
        return ""
    limit = HIGHEST_EFFICIENCY * (1 if speedup.coverage >= NOMINAL else 2)
    if speedup.low <= limit * at_once:
        return ""
    found = speedup.scaled(1 / at_once)
    span = f"{found.median:.2f} [{found.low:.2f}, {found.high:.2f}]"
    return f"efficiency {span}, over {limit:g}"


def refuse_impossible(results: Results) -> Results:
    """The results with the cells that are impossible among the failures: a run's are there already, the
    binary by itself cannot know."""
    refused: list[dict[str, Any]] = []
    table = results.table
    for cell in scaling(_suspects(table)):
        if not (reason := impossible(cell.speedup, cell.at_once)):
            continue
        place = {key: getattr(cell, key) for key in CELL_COLUMNS}
        refused.append({**place, "kind": "impossible", "reason": reason})
    if not refused:
        return results
    names = {(cell["file"], cell["name"]) for cell in refused}
    possible = [cell not in names for cell in zip(table["file"], table["name"])]
    failures = joined([results.failures, frame(refused, FAILURE_COLUMNS)])
    return replace(results, table=table[possible].reset_index(drop=True), failures=failures)


def _suspects(table: pd.DataFrame) -> pd.DataFrame:
    """The cases with a sample that is too fast beside the slowest of the serial loop: of the others there is no need to ask
    round by round. Without a serial loop, contenders may differ by anything: they are other programs."""
    serial = table[table["baseline"] & (table["family"] == SERIAL)]
    slowest = serial.groupby(["file", "case"])["real"].max().rename("slowest")
    beside = table.join(slowest, on=["file", "case"])["slowest"]
    fast = beside > HIGHEST_EFFICIENCY * table["workers"] * table["real"] / table["work"]
    return table[table["case"].isin(set(table["case"][fast]))]


def at_best(cells: Iterable[Scaling]) -> list[Scaling]:
    """Each contender of one case at the worker count of its smallest median time for the same work (the fewest of
    equals), fastest first."""
    chosen: dict[str, Scaling] = {}
    for cell in sorted(cells, key=lambda cell: (cell.pace.median, cell.workers, cell.contender)):
        chosen.setdefault(cell.contender, cell)
    return list(chosen.values())


def by_case(cells: Iterable[Scaling]) -> dict[tuple[int, str], list[Scaling]]:
    """The cells by file and case, in their order."""
    found: dict[tuple[int, str], list[Scaling]] = {}
    for cell in cells:
        found.setdefault((cell.file, cell.case), []).append(cell)
    return found
