"""What the passes of a `why` show: by cell its waterfalls, how much it was perturbed, and what the advisor is to see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from scripts.advice.situation import Situation
from scripts.analysis.interval import Interval, median_interval
from scripts.analysis.why.evidence import States
from scripts.analysis.why.waterfall import Waterfall, waterfall
from scripts.measuring.catalogue import Catalogue, Cell
from scripts.measuring.plan import Plan
from scripts.measuring.why.passes import Passes
from scripts.measuring.why.plan import Bases, bases


@dataclass(frozen=True)
class Findings:
    """Of all cells, by name."""

    waterfalls: list[Waterfall]  # over the serial loop, and over the cell's own one worker
    situations: dict[str, Situation]  # of those that can be judged
    perturbation: dict[str, Interval]  # time of a pass over the score's
    doubts: dict[str, str] = field(default_factory=dict)  # why there is no waterfall


def findings(plan: Plan, passes: Passes, catalogue: Catalogue, asked: frozenset[str]) -> Findings:
    """`asked` are the cells that are judged; what was added to hold them against is not."""
    seen, known = passes.by_round(), bases(plan.cells)
    found = Findings(
        [], {}, {cell.name: one for cell in plan.cells if (one := _perturbed(cell, passes, seen))}
    )
    for cell in plan.cells:
        for over in _waterfalls(cell, known, passes, seen, found.doubts):
            first = not found.waterfalls or found.waterfalls[-1].cell != cell.name
            found.waterfalls.append(over)
            if first and cell.name in asked:
                found.situations[cell.name] = Situation(
                    cell.name,
                    cell.workload,
                    cell.executor,
                    cell.workers,
                    [*seen[cell.name].values()],
                    [*seen[over.base].values()],
                    over,
                    catalogue.effective_cpus,
                    found.perturbation.get(cell.name),
                    frozenset(owner.name for owner in catalogue.executors),
                    cell.lifecycle,
                    bool(cell.entry.get("waits")),
                    cell.entry.get("parameters", {}),
                    cell.entry.get("roles", {}),
                )
    return found


def _waterfalls(
    cell: Cell,
    known: Bases,
    passes: Passes,
    seen: Mapping[str, Mapping[int, States]],
    doubts: dict[str, str],
) -> Iterator[Waterfall]:
    for base in known.of(cell.name):
        if cell.name in seen and base.name in seen:
            mine, theirs = [*seen[cell.name].values()], [*seen[base.name].values()]
            try:
                yield waterfall(mine, theirs, _efficiency(cell, base, passes))
            except ValueError as error:
                doubts[cell.name] = str(error)


def _efficiency(cell: Cell, base: Cell, passes: Passes) -> Interval | None:
    """By the score: the base's time over the workers' of the cell, by round."""
    mine, theirs = (passes.score.by_round(one.name) for one in (cell, base))
    ratios = [theirs[number] / time / cell.workers for number, time in mine.items() if number in theirs]
    return median_interval(ratios) if ratios else None


def _perturbed(cell: Cell, passes: Passes, seen: Mapping[str, Mapping[int, States]]) -> Interval | None:
    times = passes.score.by_round(cell.name)
    rounds = seen.get(cell.name, {})
    ratios = [one.seconds / one.batches / times[at] for at, one in rounds.items() if at in times]
    return median_interval(ratios) if ratios else None
