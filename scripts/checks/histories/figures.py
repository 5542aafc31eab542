"""What each rule found in all histories, and what is claimed of it."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from scripts.analysis.interval import median_interval
from scripts.checks.simulated.experiment import Claim
from scripts.checks.histories.trial import CHANGES, CONFIRMED, name
from scripts.checks.histories.world import CELLS, CHANGED, COMMITS, PROCESSES
from scripts.checks.replay import Share

FALSE, FALSE_AT_MOST = 0.2, 0.4  # a history, as measured and as its interval's upper end
Events = Mapping[str, Counter[str]]  # by experiment


@dataclass(frozen=True)
class Figure:
    """With its 95 % interval; of nothing, NaN."""

    value: float = math.nan
    low: float = math.nan
    high: float = math.nan

    def text(self, percent: bool = False) -> str:
        factor, unit = (100, " %") if percent else (1, "")
        value, low, high = (f"{factor * end:.3g}" for end in (self.value, self.low, self.high))
        return "" if math.isnan(self.value) else f"{value}{unit} [{low}, {high}]"


@dataclass(frozen=True)
class Judged:
    what: str
    wanted: str
    figure: Figure
    percent: bool
    verdict: str


def rate(count: int, histories: int) -> Figure:
    """A history. Exact Poisson interval: F. Garwood, Fiducial limits for the Poisson distribution, Biometrika 28 (1936)."""
    from scipy.special import gammaincinv  # slow to load

    low = float(gammaincinv(count, 0.025)) if count else 0.0
    return Figure(count / histories, low / histories, float(gammaincinv(count + 1, 0.975)) / histories)


def false(found: Events, rule: str, noise: str, histories: int) -> Figure:
    """A history, of those with changes and without."""
    count = sum(found[name(noise, change)][f"{rule}: false"] for change in CHANGES)
    return rate(count, histories * len(CHANGES))


def seen(found: Events, rule: str, noise: str, change: float, histories: int) -> Figure:
    """Of the changes, the share that was found."""
    return _share(found[name(noise, change)][f"{rule}: found"], histories * CHANGED)


def near(found: Events, rule: str, noise: str) -> Figure:
    """Of the found ones, the share that is near enough."""
    both = [found[name(noise, change)] for change in CHANGES]
    return _share(*(sum(events[f"{rule}: {what}"] for events in both) for what in ("near", "found")))


def median(found: Events, rule: str, noise: str, change: float, what: str = "delay") -> Figure:
    """In commits: of the delays, or of how far they are off."""
    values = _values(found[name(noise, change)], f"{rule}: {what} ")
    if not values:
        return Figure()
    interval = median_interval(values)
    return Figure(interval.median, interval.low, interval.high)


def cost(found: Events, noise: str, change: float) -> Figure:
    """Samples of duets over samples of runs: the mean, with the normal interval of many histories."""
    shares = [
        samples / (COMMITS * CELLS * PROCESSES) for samples in _values(found[name(noise, change)], "cost ")
    ]
    mean, half = statistics.fmean(shares), math.inf
    if len(shares) > 1:
        half = 1.96 * statistics.stdev(shares) / math.sqrt(len(shares))
    return Figure(mean, max(0.0, mean - half), mean + half)


def claims(found: Events, noise: str, histories: int) -> Iterator[Judged]:
    least = {"typical": {0.05: 0.85, 0.10: 0.95}, "nasty": {0.10: 0.90}}[noise]
    wrong = false(found, CONFIRMED, noise, histories)
    holds = wrong.value <= FALSE and wrong.high <= FALSE_AT_MOST
    verdict = "holds" if holds else "broken" if wrong.low > FALSE else "open"
    wanted = f"at most {FALSE:g}, surely {FALSE_AT_MOST:g}"
    yield Judged("false, a history", wanted, wrong, False, verdict)
    for change, bound in least.items():
        yield _judged(
            f"{change:+.0%} found", "at least", bound, seen(found, CONFIRMED, noise, change, histories)
        )
    for change in CHANGES[1:]:
        late, off = (median(found, CONFIRMED, noise, change, what) for what in ("delay", "off"))
        yield _judged(f"{change:+.0%}: median delay, commits", "at most", 6, late, False)
        yield _judged(f"{change:+.0%}: median commits off", "at most", 3, off, False)
    for change in CHANGES:
        spent = cost(found, noise, change)
        yield _judged(
            f"cost of duets, {change:+.0%}" if change else "cost of duets, no change", "at most", 0.1, spent
        )


def _judged(
    what: str, sense: Literal["at most", "at least"], bound: float, figure: Figure, percent: bool = True
) -> Judged:
    verdict = Claim(what, sense, bound).verdict({"low": figure.low, "high": figure.high})
    wanted = f"{sense} {100 * bound:g} %" if percent else f"{sense} {bound:g}"
    return Judged(what, wanted, figure, percent, "open" if math.isnan(figure.value) else verdict)


def _share(hits: int, trials: int) -> Figure:
    if not trials:
        return Figure()
    found = Share(hits, trials).as_json()
    return Figure(found["share"], found["low"], found["high"])


def _values(events: Counter[str], start: str) -> Sequence[int]:
    """The numbers at the end of such events, each as often as it happened."""
    return sorted(int(event.removeprefix(start)) for event in events.elements() if event.startswith(start))
