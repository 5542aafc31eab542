"""Two results files, cell by cell: what can be compared, its verdicts, and what was left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scripts.analysis.comparable import one_process
from scripts.analysis.compared.cells import Judged, judged
from scripts.analysis.interval import process_time
from scripts.analysis.ratio import unpaired_ratio
from scripts.analysis.scatter import inflation, pooled
from scripts.analysis.table import Cell, Results
from scripts.analysis.text import UNAVAILABLE
from scripts.analysis.verdict import Reason, Verdict, because, invalid

SIDES = ("BASE", "NEW")
SHORTEST = 1e-15  # seconds; below it, ratios need not have a place among floating-point numbers


@dataclass(frozen=True)
class Comparison:
    """The verdicts of all cells that BASE has a time for, in its order, as `judged` has them; what was left out, and
    what makes intervals less than they seem."""

    verdicts: Sequence[Verdict]
    notes: Sequence[Reason]
    judged: Judged

    @property
    def methods(self) -> set[str]:
        """How the intervals came about."""
        return {verdict.ratio.method for verdict in self.verdicts if verdict.ratio}


@dataclass(frozen=True)
class _Side:
    """One file, by cell: times, the rounds of work a microsecond that calibrated ones were run with, failures, and what
    its cells[] say."""

    times: Mapping[str, Sequence[float]]
    rates: Mapping[str, float]
    failures: Mapping[str, tuple[str, str]]
    cells: Mapping[str, Cell]

    def lacks(self, name: str) -> str:
        """Why there is no time of the cell; "" where there is one."""
        if name in self.failures:
            return ": ".join(self.failures[name])
        return "" if name in self.times else "missing"


def compare(results: Results, margin: float, error: float) -> Comparison:
    """The comparison of two loaded files, BASE first.

    `error` is shared among all cells that both have (Bonferroni). A cell that failed on one side, that NEW lacks, that
    was calibrated to work that differs by more than the margin, or most of whose samples were disturbed is invalid; one
    without a time on either side, or that BASE lacks, is left out.
    """
    base, new = (_side(results, file) for file in range(len(SIDES)))
    timed = {name: (base.times[name], new.times[name]) for name in base.times if name in new.times}
    skipped: dict[str, list[str]] = {}
    wrong: dict[str, Reason] = {}
    names = []
    for name in dict.fromkeys([*base.times, *base.failures, *new.times, *new.failures]):
        if code := _skipped(base, new, name):
            skipped.setdefault(code, []).append(name)
            continue
        names.append(name)
        if why := _incomparable(base, new, name, margin):
            wrong[name] = why
    comparable = {name: sides for name, sides in timed.items() if name not in wrong}
    share = error / max(len(timed), 1)
    follow = {label: pooled([*side.times.values()]) for label, side in zip(SIDES, (base, new))}
    lag1 = {label: one.lag1 for label, one in follow.items() if one and one.significant}
    found = judged(comparable, margin, share * len(comparable), max(lag1.values(), default=0.0))
    verdicts = dict(found.verdicts)
    for name, why in wrong.items():
        shown = why.code in ("calibration", "disturbed")
        ratio = unpaired_ratio(*timed[name], share, len(timed)) if shown else None
        verdicts[name] = invalid(margin, why, ratio)
    samples = {name: (len(base.times.get(name, ())), len(new.times.get(name, ()))) for name in names}
    notes = [because(code, names=names) for code, names in skipped.items()]
    return Comparison(
        [replace(verdicts[name], name=name, samples=samples[name]) for name in names],
        [*notes, *_doubts(base, new, list(timed), lag1)],
        found,
    )


def _side(results: Results, file: int) -> _Side:
    times: dict[str, list[float]] = {}
    rates: dict[str, float] = {}
    for table in (results.table, results.cold):
        mine = table[table["file"] == file]
        for name, real, rate in zip(mine["name"], mine["real"], mine["rate"]):
            times.setdefault(name, []).append(real)
            if 0 < rate < 1e9:
                rates[name] = rate
    if one_process(results.contexts[file]):
        times = {name: [process_time(repetitions)] for name, repetitions in times.items()}
    failed = results.failures[results.failures["file"] == file]
    failures = {
        name: (kind, why) for name, kind, why in zip(failed["name"], failed["kind"], failed["reason"])
    }
    timed = {name: values for name, values in times.items() if name not in failures}
    return _Side(timed, rates, failures, results.cells[file])


def _skipped(base: _Side, new: _Side, name: str) -> str:
    """Why a cell is not compared though nothing is wrong with NEW; "" for one that is."""
    kinds = [side.failures.get(name, ("",))[0] for side in (base, new)]
    if kinds == [UNAVAILABLE, UNAVAILABLE]:
        return "unavailable"
    if name not in base.times and name not in new.times and name in base.failures:
        return "no_time"
    if name not in base.times and (kinds[0] == UNAVAILABLE or name not in base.failures):
        return "only_new"
    return ""


def _incomparable(base: _Side, new: _Side, name: str, margin: float) -> Reason | None:
    sides = tuple(zip(SIDES, (base, new)))
    for label, side in sides:
        if why := side.lacks(name):
            return because("lacks", side=label, why=why)
    if min(min(side.times[name]) for _, side in sides) < SHORTEST:
        return because("too_short")
    before, after = base.rates.get(name), new.rates.get(name)
    if before and after and max(before, after) > (1 + margin) * min(before, after):
        return because("calibration", base=before, new=after)
    for label, side in sides:
        if found := disturbed(side.cells.get(name, {})):
            return because("disturbed", side=label, **found)
    return None


def disturbed(cell: Mapping[str, Any]) -> dict[str, Any]:
    """The mark that most samples of a cell have, {"mark": "steal", "count": 6, "samples": 10}; empty where none has.

    A run counts them in the cell's `marks` by what disturbed them: {"steal": 6}.
    """
    marks, samples = cell.get("marks"), cell.get("samples")
    if not isinstance(marks, dict) or not _is_number(samples):
        return {}
    counts = [(float(count), str(mark)) for mark, count in marks.items() if _is_number(count)]
    count, mark = max(counts, default=(0.0, ""))
    return {"mark": mark, "count": count, "samples": samples} if 2 * count > float(samples or 0) else {}


def _doubts(base: _Side, new: _Side, names: Sequence[str], lag1: Mapping[str, float]) -> Iterator[Reason]:
    """What makes the intervals of cells less than they seem."""
    for label, one in lag1.items():
        yield because("follow", side=label, lag1=one, factor=inflation(max(lag1.values())))
    for name in names:
        before, after = base.rates.get(name), new.rates.get(name)
        if before and after and before != after:
            yield because("recalibrated", base=before, new=after)
            return


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
