"""The verdict on a cell: which causes are suspected, and what is left of them after the experiments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from scripts.advice.causes import busy_host, causes, name
from scripts.advice.experiment import Result
from scripts.advice.figures import foreign_cpus, percent
from scripts.advice.situation import HEALTHY, Situation
from scripts.advice.suspicion import Advice, Suspicion
from scripts.analysis.ratio import Ratio
from scripts.analysis.text import listed, times
from scripts.analysis.why.waterfall import REST

MOSTLY = 0.5  # of the looks at workers that slept, that are to be in a cause's system calls
TOP = 3  # terms that are named where no cause is


@dataclass(frozen=True)
class Suspect:
    """A cause, and why it is suspected."""

    cause: str
    why: Suspicion


def healthy(at: Situation) -> bool:
    """Whether there may be no loss worth a cause."""
    return at.waterfall.efficiency.high >= HEALTHY


def suspects(at: Situation) -> list[Suspect]:
    """In order of validity. Where a quota or other programs explain a loss, no other cause of it is tried. Of a cell that the
    observer has changed, those that an experiment can tell by times; and that it was changed."""
    found: list[Suspect] = []
    taken: set[str] = set()
    for module in causes():
        if getattr(module, "OF_HEALTHY", False) != healthy(at):
            continue
        if at.perturbed and not getattr(module, "BY_TIMES", False):
            continue
        why: Suspicion | None = module.suspect(at)
        if why is None or taken & set(why.terms) and not at.perturbed:
            continue
        found.append(Suspect(name(module), why))
        if getattr(module, "EXCLUDES", False):
            taken |= set(why.terms)
    return found


def advise(
    at: Situation, found: Sequence[Suspect], gains: Mapping[str, Ratio], blocked: Mapping[str, int] = {}
) -> list[Advice]:
    """What is said of the cell; nothing of one that loses nothing. `gains` are of the experiments, by cause; `blocked` in which
    system calls workers were seen, how often. A loss has one cause: a confirmed one before a suspected one, and the first
    of several."""
    elsewhere = [one for one in found if one.why.calls and _share(one.why.calls, blocked) < MOSTLY]
    ruled_out = [f"{one.cause} ({_seen(blocked)})" for one in elsewhere]
    found = [_looked(one, blocked) for one in found if one not in elsewhere]
    results = {one.cause: _result(one, gains) for one in found}
    unclear = [one for one in found if results[one.cause] == "unclear"]
    if at.perturbed:
        unclear = [one for one in unclear if one.why.state == "invalid"]
    order = [*(one for one in found if results[one.cause] == "confirmed"), *unclear]
    kept: list[Suspect] = []
    for one in order:
        if not any(set(one.why.terms) & set(other.why.terms) for other in kept):
            kept.append(one)
    known = {one.cause for one in [*found, *elsewhere]}
    ruled_out += [*_refuted(found, results, gains), *_innocent(at, known)]
    advice = [_advice(at, one, results[one.cause], gains.get(one.cause), ruled_out) for one in kept]
    return advice or ([] if healthy(at) else [_unexplained(at, ruled_out)])


def _share(calls: Sequence[str], blocked: Mapping[str, int]) -> float:
    """Of the looks at workers that slept, those in one of these calls; all where there was none."""
    every = sum(blocked.values())
    return sum(blocked.get(call, 0) for call in calls) / every if every else 1.0


def _seen(blocked: Mapping[str, int]) -> str:
    ordered = sorted(blocked, key=lambda call: -blocked[call])[:TOP]
    return "blocked in " + listed([f"{call} {100 * _share([call], blocked):.0f} %" for call in ordered])


def _looked(one: Suspect, blocked: Mapping[str, int]) -> Suspect:
    """With what was seen among its evidence."""
    if not one.why.calls or not blocked:
        return one
    return replace(one, why=replace(one.why, evidence=[*one.why.evidence, _seen(blocked)]))


def _result(one: Suspect, gains: Mapping[str, Ratio]) -> Result:
    return one.why.experiment.result(gains.get(one.cause)) if one.why.experiment else "unclear"


def _advice(
    at: Situation, one: Suspect, result: Result, gain: Ratio | None, ruled_out: Sequence[str]
) -> Advice:
    experiment, why = one.why.experiment, one.why
    shown = None
    if experiment and gain and gain.bounded:
        ratio = {"median": gain.estimate, "low": gain.low, "high": gain.high}
        shown = {"what": experiment.what, "ratio": ratio, "result": result}
    state = "confirmed" if result == "confirmed" else why.state
    return Advice(at.name, one.cause, why.statement, why.share, why.evidence, shown, state, ruled_out, why.do)


def _unexplained(at: Situation, ruled_out: Sequence[str]) -> Advice:
    terms = sorted(at.waterfall.terms, key=lambda term: -term.share.median)[:TOP]
    noisy = terms[0].name == REST or at.above(foreign_cpus, busy_host.FOREIGN * at.cpus)
    named = [f"{term.name} {percent(term.share)}" for term in terms if term.share.median > 0]
    return Advice(
        at.name,
        "unexplained",
        "no known cause has 30 % of the loss beyond doubt and has stood its experiment",
        None,
        [f"of the loss: {listed(named)}"] if named else [],
        None,
        "unexplained",
        ruled_out,
        "more rounds (--rounds=20)" + (", on a quiet machine (--wait-for-quiet=10m)" if noisy else ""),
    )


def _refuted(
    found: Sequence[Suspect], results: Mapping[str, Result], gains: Mapping[str, Ratio]
) -> Iterator[str]:
    for one in found:
        if results[one.cause] == "refuted" and one.why.experiment:
            yield f"{one.cause} ({one.why.experiment.what}: {gain(gains[one.cause])})"


def _innocent(at: Situation, suspected: set[str]) -> Iterator[str]:
    """What speaks against the other causes, where a figure does."""
    for module in [] if at.perturbed else causes():
        say = getattr(module, "ruled_out", None)
        if say and name(module) not in suspected and (phrase := say(at)):
            yield phrase


def gain(found: Ratio) -> str:
    """41.0x as fast [38.0, 45.0]."""
    return f"{times(found.estimate)}x as fast [{times(found.low)}, {times(found.high)}]"
