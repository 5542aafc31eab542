"""Of results: the loss waterfalls of the cells that have evidence, and the laws of contenders."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from scripts.analysis.comparable import effective_cpus
from scripts.analysis.scaling import KEY, Key, Scaling, by_round, paces, paired, scaling
from scripts.analysis.table import Results
from scripts.analysis.why.law import Law, fit
from scripts.analysis.why.score import efficiency, perturbation, perturbed
from scripts.analysis.why.waterfall import Waterfall, waterfall

Base = Literal["serial", "own"]  # the serial loop, or the contender's own fewest workers


@dataclass(frozen=True)
class Loss:
    """A cell of one file with its waterfall."""

    file: int
    case: str
    contender: str
    workers: int
    base: Base
    waterfall: Waterfall
    perturbed: bool  # by the observer, beyond doubt


def losses(results: Results, base: Base = "serial") -> Iterator[Loss]:
    """By file, case, contender and workers, of the cells that have evidence, as their base does. A cell whose evidence
    makes no waterfall has none."""
    real = by_round(results.table, "real")
    cells = results.table.drop_duplicates(KEY).sort_values(KEY).to_dict("records")
    known = [cell for cell in cells if cell["name"] in _states(results, cell["file"])]
    bases: dict[Any, Mapping[Any, Any]] = {}
    for cell in known:  # the fewest workers come first
        if base == "own" or cell["baseline"]:
            bases.setdefault(_kin(cell, base), cell)
    for cell in known:
        under = bases.get(_kin(cell, base))
        if under is None or under["name"] == cell["name"] or cell["baseline"]:
            continue
        evidence = _states(results, cell["file"])
        mine, times = evidence[cell["name"]], real[_key(cell)]
        score = efficiency(real[_key(under)], times, cell["workers"] / under["workers"])
        try:
            one = waterfall(mine, evidence[under["name"]], score)
        except ValueError:  # workers that never ran
            continue
        changed = perturbed(perturbation(mine, times))
        yield Loss(cell["file"], cell["case"], cell["contender"], cell["workers"], base, one, changed)


def _states(results: Results, file: int) -> Mapping[str, Any]:
    return results.states[file] if results.states else {}


def _kin(cell: Mapping[Any, Any], base: Base) -> tuple[Any, ...]:
    """What a cell has in common with its base."""
    return (cell["file"], cell["case"], *([cell["contender"]] if base == "own" else []))


def _key(cell: Mapping[Any, Any]) -> Key:
    return cell["file"], cell["case"], cell["contender"], cell["workers"]


@dataclass(frozen=True)
class Lawful:
    """A contender of one case: its speedups by workers, the law that they follow, and the CPUs that there are."""

    file: int
    case: str
    contender: str
    cpus: float
    cells: tuple[Scaling, ...]  # by workers
    law: Law


def laws(results: Results, among: Container[tuple[int, str, str]] | None = None) -> Iterator[Lawful]:
    """Of the contenders (those files, cases and names, if given) whose speedups are by workers alone: of no event loop that
    has more in flight, and of no serial loop."""
    pace = paces(results.table)
    cells = scaling(results.table)
    bases = {(cell.file, cell.case): pace[cell.key] for cell in cells if cell.baseline}
    groups: dict[tuple[int, str, str], list[Scaling]] = {}
    for cell in cells:
        key = (cell.file, cell.case, cell.contender)
        asked = key in among if among is not None else not cell.serial
        if cell.speedup and asked and cell.at_once <= cell.workers:
            groups.setdefault(key, []).append(cell)
    for (file, case, contender), group in groups.items():
        cpus = effective_cpus(results.contexts[file]) or math.inf
        speedups = {cell.workers: paired(bases[file, case], pace[cell.key]) for cell in group}
        yield Lawful(file, case, contender, cpus, tuple(group), fit(speedups, cpus, group[0].weak))
