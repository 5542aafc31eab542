"""How intervals are written, and what laws say in sentences: for advice, reports and charts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from scripts.analysis.answers.answer import ENOUGH
from scripts.analysis.interval import Interval
from scripts.analysis.text import digits, listed, plural, times
from scripts.analysis.why.cells import Lawful
from scripts.analysis.why.law import LEAST_POINTS, LEAST_ROUNDS, REACH, Law


def bracketed(found: Interval, written: Callable[[float], str], unit: str = "") -> str:
    """The median with its interval; too few samples have none that is worth printing."""
    ends = f" [{written(found.low)}, {written(found.high)}]" if found.samples >= ENOUGH else ""
    return written(found.median) + unit + ends


def share(found: Interval, unit: str = " %") -> str:
    """In per cent, 49 % [47, 51]; decimals are for what lies below 10 as a whole."""
    places = 0 if found.high >= 0.095 else 1
    return bracketed(found, lambda value: f"{100 * value:.{places}f}", unit)


def sentence(law: Law, effective_cpus: float) -> str:
    """The law with its parameters; or why there is none."""
    if law.unidentified:
        return f"The law of the speedups is not identifiable: {_why(law, effective_cpus)}."
    last = law.points[-1]
    if law.name == "plateau":
        assert law.knee
        return f"Plateau: nothing is gained beyond {_span(law.knee)} workers."
    if law.name == "Gustafson":
        assert law.serial
        return f"Gustafson: {_span(law.serial.scaled(100))} % of the time is serial, the rest of the work grows with the workers."
    if law.name == "linear" or law.alpha is None:
        return f"Linear: up to {last} workers each adds as much as the first."
    serial = f"{_span(law.alpha.scaled(100))} % of the work is serial"
    if law.beta is None:
        return f"Amdahl: {serial}, so that any number of workers is at most {_ceiling(law.alpha)} times as fast as one."
    best = (
        f"best at {_span(law.peak)} workers"
        if law.peak
        else f"no peak can be placed from up to {last} workers"
    )
    pairs = f"each pair of workers costs {_span(law.beta.scaled(100))} % more"
    return f"Universal Scalability Law: {serial}, and {pairs}: {best}."


def sentences(found: Iterable[Lawful]) -> dict[str, list[str]]:
    """By case, contenders of the same law together. Where nowhere are numbers of workers enough, one for all, of case ""."""
    told: dict[str, dict[str, list[str]]] = {}
    untold = {}
    for one in found:
        said = sentence(one.law, one.cpus)
        if one.law.unidentified == "points":
            untold[""] = [said]
        else:
            told.setdefault(one.case, {}).setdefault(said, []).append(one.contender)
    named = {
        case: [f"{listed(names)}: {said}" for said, names in each.items()] for case, each in told.items()
    }
    return named or untold


def _why(law: Law, effective_cpus: float) -> str:
    if law.unidentified == "points":
        within = (
            f"{listed(list(map(str, law.points)))} workers lie" if law.points else "no number of workers lies"
        )
        within = "1 worker lies" if law.points == (1,) else within
        return (
            f"{within} within {plural(effective_cpus, 'effective CPU')}, and {LEAST_POINTS} numbers of workers are "
            "the fewest that tell laws apart"
        )
    if law.unidentified == "rounds":
        return f"fewer than {LEAST_ROUNDS} rounds of a number of workers"
    if law.unidentified == "bend":
        return f"they bend at {law.points[-1]} workers alone, which may be a plateau; more numbers of workers would tell"
    if law.unidentified == "misfit":
        return f"none fits, and the nearest ({law.name}) is {100 * law.misfit:.0f} % off"
    return f"{law.name} is the nearest, but its band at {REACH * law.points[-1]} workers spans a factor of 3"


def _span(found: Interval) -> str:
    return f"{_short(found.median)} [{_short(found.low)}, {_short(found.high)}]"


def _short(value: float) -> str:
    """Two digits are what such an estimate is worth."""
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}" if value >= 1e-4 or not value else digits(value)


def _ceiling(alpha: Interval) -> str:
    ends = [1 / end if end else math.inf for end in (alpha.median, alpha.high, alpha.low)]
    middle, low, high = (times(end) if math.isfinite(end) else "no limit" for end in ends)
    return f"{middle} [{low}, {high}]"
