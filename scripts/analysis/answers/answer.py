"""The answer of each case: what to use with how many workers, what is as good, and where it stops scaling. One rule, for
text, charts and JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scripts.analysis.answers.race import SLACK, Placed, Race
from scripts.analysis.comparable import effective_cpus
from scripts.analysis.interval import Interval
from scripts.analysis.ratio import Ratio
from scripts.analysis.scaling import Scaling, by_case, paces
from scripts.analysis.table import Cell, Results

SCHEMA = 1  # of answers[]
ENOUGH = 6  # rounds: an interval of fewer holds less than 95 %
SIMPLE = ("serial", "threads", "loop", "processes")  # kinds, the simplest first
ROUGH = 0.25  # by which another may be faster, and an answer be of use
CPU = 1.05  # times as much CPU time is as much


@dataclass(frozen=True)
class Stop:
    """Where a contender stops scaling: the fewest `workers` within SLACK of its best time, of those measured."""

    workers: int
    measured: Sequence[int]
    busy: float | None  # CPU time over time x the CPUs that so many workers can use


@dataclass(frozen=True)
class Answer:
    """Of one case of one file: the cell to use, which does the same work in the least time. `good` are the others that are as good as the best, `open` those that cannot be
    excluded, both fastest first. `ahead` is how many times as long the runner-up takes: the fastest of another contender.
    """

    use: Scaling
    base: Scaling | None  # what speedups are against
    good: tuple[Scaling, ...]
    open: tuple[Scaling, ...]
    runner_up: Scaling | None
    ahead: Ratio | None
    lowest: float  # how many times as long as the fastest another may take, at the least
    stop: Stop
    cpus: float | None  # effective ones
    quiet: bool  # as undisturbed() has it

    @property
    def useful(self) -> bool:
        """Whether there is an answer: another may be better by ROUGH at most."""
        return self.quiet and self.certain and self.lowest >= 1 / (1 + ROUGH)

    @property
    def known(self) -> bool:
        """Whether no other can be of more use, as far as chance allows to tell."""
        return self.useful and self.lowest >= 1 / (1 + SLACK)

    @property
    def certain(self) -> bool:
        """Whether there are rounds enough for an interval."""
        return self.use.real.samples >= ENOUGH

    @property
    def tied(self) -> list[str]:
        """The contenders that may be the best, the one to use first."""
        return list(dict.fromkeys(cell.contender for cell in (self.use, *self.good, *self.open)))

    def as_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "case": self.use.case,
            "known": self.known,
            "useful": self.useful,
            "quiet": self.quiet,
            "lowest": self.lowest,
            "use": _cell(self.use),
            "scaling": "weak" if self.use.weak else "strong",
            "speedup": _interval(self.use.speedup),
            "efficiency": _interval(self.use.efficiency),
            "runner_up": _cell(self.runner_up) if self.runner_up else None,
            "ahead": vars(self.ahead) if self.ahead else None,
            "as_good": [_cell(cell) for cell in self.good],
            "cannot_be_excluded": [_cell(cell) for cell in self.open],
            "stops_at": vars(self.stop),
            "effective_cpus": self.cpus,
        }


def _cell(cell: Scaling) -> dict[str, Any]:
    return {"contender": cell.contender, "workers": cell.workers, "cell": cell.name}


def _interval(found: Interval | None) -> dict[str, float] | None:
    return vars(found) if found else None


def answers(results: Results, cells: Iterable[Scaling]) -> dict[tuple[int, str], Answer]:
    """By file and case. `cells` are the scaling() of the results' table, or of some of its files."""
    times = paces(results.table)
    quiet = [undisturbed(each) for each in results.cells] or [True] * len(results.contexts)
    found = {}
    for (file, case), here in by_case(cells).items():
        mine = {cell.name: times[cell.key] for cell in here}
        most = max(_most(results.contexts[file]), *map(len, mine.values()))
        race = Race(mine, {cell.name: cell.workers for cell in here}, most)
        found[file, case] = _answer(here, race, effective_cpus(results.contexts[file]), quiet[file])
    return found


def undisturbed(cells: Mapping[str, Cell]) -> bool:
    """Whether most samples of a run were: else the machine was another than it is by itself. `cells` as in Results."""
    counts = [
        (int(cell["samples"]), int(cell.get("disturbed", 0))) for cell in cells.values() if "samples" in cell
    ]
    return 2 * sum(disturbed for _, disturbed in counts) <= sum(samples for samples, _ in counts)


def _most(context: Mapping[str, Any]) -> int:
    """The rounds that a cell might have taken; 0 where the file does not say."""
    most = context.get("precision", {}).get("most")
    return most if isinstance(most, int) else 0


def _answer(cells: Sequence[Scaling], race: Race, cpus: float | None, quiet: bool) -> Answer:
    ranked = sorted(cells, key=lambda cell: (cell.pace.median, cell.workers, cell.contender))
    standing = {name: one.standing for name, one in race.placed.items()}
    equal = [cell for cell in ranked if standing[cell.name] in ("best", "as good")]
    use = simplest(equal)
    others = [cell for cell in ranked if cell.contender != use.contender]
    runner_up = others[0] if others else None
    ahead = race.over({use.name, runner_up.name}, use.name)[runner_up.name] if runner_up else None
    return Answer(
        use,
        next((cell for cell in cells if cell.baseline), None),
        tuple(cell for cell in equal if cell is not use),
        tuple(cell for cell in ranked if standing[cell.name] == "open"),
        runner_up,
        ahead,
        min((_lowest(one) for one in race.placed.values()), default=1.0),
        _stop([cell for cell in cells if cell.contender == use.contender], cpus),
        cpus,
        quiet,
    )


def _lowest(found: Placed) -> float:
    if found.ratio:
        return found.ratio.low
    return 0.0 if found.standing == "open" else 1.0


def simplest(equal: Sequence[Scaling]) -> Scaling:
    """Of cells that are as good, fastest first: the fewest workers, then the least CPU time, then the simpler kind."""
    workers = min(cell.workers for cell in equal)
    fewest = [cell for cell in equal if cell.workers == workers]
    least = min(cell.cpu for cell in fewest)
    frugal = [cell for cell in fewest if cell.cpu <= CPU * least]
    return min(frugal, key=lambda cell: SIMPLE.index(cell.kind) if cell.kind in SIMPLE else len(SIMPLE))


def _stop(cells: Sequence[Scaling], cpus: float | None) -> Stop:
    near = (1 + SLACK) * min(cell.pace.median for cell in cells)
    at = min((cell for cell in cells if cell.pace.median <= near), key=lambda cell: cell.workers)
    usable = at.workers if cpus is None else min(at.workers, cpus)
    busy = at.cpu / (at.real.median * usable)
    return Stop(at.workers, sorted(cell.workers for cell in cells), busy if math.isfinite(busy) else None)
