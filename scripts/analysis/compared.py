"""Two results files, cell by cell: verdicts from independent samples."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from scripts.analysis.comparable import one_process
from scripts.analysis.failed import UNAVAILABLE
from scripts.analysis.ratio import unpaired_ratio
from scripts.analysis.scaling import refuse_impossible
from scripts.analysis.table import Results
from scripts.analysis.verdict import Verdict, invalid, judge
from scripts.analysis.worth import disturbed

SIDES = ("BASE", "NEW")


@dataclass(frozen=True)
class Compared:
    """A cell's verdict, and the samples (processes) of either side."""

    name: str
    verdict: Verdict
    samples: tuple[int, int]


@dataclass(frozen=True)
class Comparison:
    """All cells that BASE has a time for, in its order, and what was left out, a sentence each."""

    cells: Sequence[Compared]
    notes: Sequence[str]

    @property
    def methods(self) -> set[str]:
        """How the intervals came about."""
        return {cell.verdict.ratio.method for cell in self.cells if cell.verdict.ratio}


@dataclass(frozen=True)
class _Side:
    """One file: times, failures, and what it says of the samples, by cell."""

    times: Mapping[str, Sequence[float]]
    failures: Mapping[str, tuple[str, str]]
    worth: Mapping[str, Mapping[str, Any]]
    rates: Mapping[str, float]

    def lacks(self, name: str) -> str:
        """Why there is no time of the cell; "" where there is one."""
        if name in self.failures:
            return ": ".join(self.failures[name])
        return "" if name in self.times else "missing"


def compare(
    results: Results, rates: Sequence[Mapping[str, float]], margin: float, error: float
) -> Comparison:
    """The comparison of two loaded files, BASE first; `rates` are those of `spin` in each, by cell.

    `error` is shared among all cells that both have (Bonferroni). Impossible times count as failures. A cell
    that failed on one side, that NEW lacks, that was calibrated to work that differs by more than the margin, or
    most of whose samples were disturbed is invalid; one without a time on either side, or that BASE lacks, is
    left out.
    """
    possible = refuse_impossible(results)
    base, new = (_side(possible, results.worth[file], file, rates[file]) for file in range(len(SIDES)))
    both = [name for name in base.times if name in new.times]
    cells = []
    left: dict[str, list[str]] = {}
    for name in dict.fromkeys([*base.times, *base.failures, *new.times, *new.failures]):
        if why := _left_out(base, new, name):
            left.setdefault(why, []).append(name)
            continue
        verdict = _verdict(base, new, name, margin, error / max(len(both), 1))
        cells.append(Compared(name, verdict, (len(base.times.get(name, ())), len(new.times.get(name, ())))))
    notes = [f"{why}, so left out: {_counted(names)}." for why, names in left.items()]
    return Comparison(cells, notes + _doubts(base, new, both))


def _side(
    results: Results, worth: Mapping[str, Mapping[str, Any]], file: int, rates: Mapping[str, float]
) -> _Side:
    table = pd.concat([results.table, results.cold])
    mine = table[table["file"] == file]
    alone = one_process(results.contexts[file])
    times = {name: list(group) for name, group in mine.groupby("name", sort=False)["real"]}
    if alone:
        times = {name: [statistics.median(values)] for name, values in times.items()}
    failed = results.failures[results.failures["file"] == file]
    failures = {row["name"]: (row["kind"], row["reason"]) for row in failed.to_dict("records")}
    timed = {name: values for name, values in times.items() if name not in failures}
    return _Side(timed, failures, worth, rates)


def _left_out(base: _Side, new: _Side, name: str) -> str:
    """Why a cell is not compared though nothing is wrong with NEW; "" for one that is."""
    kinds = [side.failures.get(name, ("",))[0] for side in (base, new)]
    if kinds == [UNAVAILABLE, UNAVAILABLE]:
        return "Unavailable on both sides"
    if name not in base.times and name not in new.times and name in base.failures:
        return "No time on either side"
    if name not in base.times and (kinds[0] == UNAVAILABLE or name not in base.failures):
        return "Only in NEW"
    return ""


def _verdict(base: _Side, new: _Side, name: str, margin: float, error: float) -> Verdict:
    for side, words in zip((base, new), SIDES):
        if reason := side.lacks(name):
            return invalid(margin, f"{words}: {reason}")
    if not all(time > 0 for side in (base, new) for time in side.times[name]):
        return invalid(margin, "times too short to compare")
    ratio = unpaired_ratio(base.times[name], new.times[name], error)
    rates = [side.rates[name] for side in (base, new) if name in side.rates]
    if len(rates) == 2 and max(rates) > (1 + margin) * min(rates):
        return invalid(
            margin, f"spin was calibrated to {rates[0]:g} rounds/us in BASE, {rates[1]:g} in NEW", ratio
        )
    for side, words in zip((base, new), SIDES):
        if reason := disturbed(side.worth.get(name, {})):
            return invalid(margin, f"{words}: {reason}", ratio)
    return judge(ratio, margin)


def _doubts(base: _Side, new: _Side, names: Sequence[str]) -> list[str]:
    """What makes the intervals of cells less than they seem."""
    found = []
    for side, words in zip((base, new), SIDES):
        if follow := [name for name in names if side.worth.get(name, {}).get("correlated") is True]:
            found.append(
                f"Samples of {words} follow each other, so intervals are too narrow: {_counted(follow)}."
            )
    rates = [
        (base.rates[name], new.rates[name]) for name in names if name in base.rates and name in new.rates
    ]
    if other := next(((before, after) for before, after in rates if before != after), None):
        found.append(
            f"spin was calibrated to {other[0]:g} rounds/us in BASE and to {other[1]:g} in NEW, which is other work: "
            f"its ratios are off by as much (--set=spin.rate={other[0]:g} makes it the same)."
        )
    return found


def _counted(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} cells, the first {names[0]}"
