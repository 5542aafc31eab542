"""What the passes of a `why` show: by cell its waterfalls, how much it was perturbed, and what the advisor is to see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from scripts.advice.situation import Situation
from scripts.analysis.interval import Interval
from scripts.analysis.why.evidence import States, states
from scripts.analysis.why.score import efficiency, perturbation
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
    seen, known = states(passes.evidence), bases(plan.cells)
    changed = {name: perturbation(rounds, passes.score.by_round(name)) for name, rounds in seen.items()}
    found = Findings([], {}, {name: one for name, one in changed.items() if one})
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
                    seen[cell.name],
                    seen[over.base],
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
    seen: Mapping[str, Sequence[States]],
    doubts: dict[str, str],
) -> Iterator[Waterfall]:
    for base in known.of(cell.name):
        if cell.name in seen and base.name in seen:
            over, times = (passes.score.by_round(one.name) for one in (base, cell))
            score = efficiency(over, times, cell.workers / base.workers)
            try:
                yield waterfall(seen[cell.name], seen[base.name], score)
            except ValueError as error:
                doubts[cell.name] = str(error)
