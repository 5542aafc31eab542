"""Which cell to use at a rate: of those that are as good, the one with the fewest workers; and what others need for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scripts.analysis.load.histogram import SHARES
from scripts.analysis.load.slo import Slo
from scripts.analysis.load.loads import Load

AS_GOOD = 1.05  # times the best percentile's upper end


@dataclass(frozen=True)
class Need:
    """What another contender takes to be as good; None where nothing that was measured is."""

    contender: str
    enough: Load | None
    most: Load  # its best cell


@dataclass(frozen=True)
class Choice:
    """Of one case at one rate. `best` is None where every cell is over its capacity, or misses the limit."""

    case: str
    rate: float
    share: float  # the percentile that decides
    best: Load | None
    needs: tuple[Need, ...]


def choices(found: Iterable[Load], slo: Slo | None = None) -> list[Choice]:
    """By case and rate; the closed loop has no rate, and no choice."""
    groups: dict[tuple[str, float], list[Load]] = {}
    for one in found:
        if one.rate is not None:
            groups.setdefault((one.case, one.rate), []).append(one)
    return [_choice(case, rate, cells, slo) for (case, rate), cells in sorted(groups.items())]


def _choice(case: str, rate: float, cells: Sequence[Load], slo: Slo | None) -> Choice:
    share = slo.share if slo else _share(cells)
    limit = slo.seconds if slo else _limit(cells, share)
    good = [one for one in cells if not one.over and one.percentile(share) <= limit]
    best = min(good, key=lambda one: (one.workers, one.percentile(share)), default=None)
    needs = []
    for contender in dict.fromkeys(one.contender for one in cells):
        mine = [one for one in cells if one.contender == contender]
        enough = min((one for one in mine if one in good), key=lambda one: one.workers, default=None)
        if best is None or contender != best.contender:
            needs.append(Need(contender, enough, min(mine, key=lambda one: one.percentile(share))))
    return Choice(case, rate, share, best, tuple(needs))


def _share(cells: Sequence[Load]) -> float:
    """p99, or the highest percentile below that all cells have."""
    shares = [share for share in SHARES if share <= 0.99]
    return max((p for p in shares if all(one.percentiles[p] for one in cells)), default=shares[0])


def _limit(cells: Sequence[Load], share: float) -> float:
    """The best cell's, with its interval."""
    able = [one for one in cells if not one.over]
    best = min(able, key=lambda one: one.percentile(share), default=None)
    interval = best.percentiles.get(share) if best else None
    return AS_GOOD * interval.high if interval else 0.0
