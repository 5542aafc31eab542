"""A cell at one rate, over all rounds: percentiles with intervals, throughput, and what spoils them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scripts.analysis.interval import Interval, median_interval
from scripts.analysis.load.histogram import Histogram, merged, percentiles, tail
from scripts.analysis.load.latency import Latency

CAPABLE = 0.98  # of the offered rate, below which a cell may be over its capacity
LATE = 100e-6  # seconds of the generator's own tail, from which on it is too late
LATE_SHARE = 0.01  # the same, of the median latency

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Load:
    """Histograms of the rounds are merged; `parts` are the rounds."""

    cell: str
    case: str
    workload: str
    contender: str
    family: str
    workers: int
    rate: float | None  # requests a second; None in the closed loop
    parts: tuple[Latency, ...]
    latency: Histogram
    queueing: Histogram
    service: Histogram
    percentiles: dict[float, Interval | None]  # of the latency, by share
    throughput: Interval  # requests a second, over rounds
    over: bool  # more was offered than it can do
    late: tuple[float, float] | None  # the generator's tail, share and seconds, where it spoils the latency

    def percentile(self, share: float) -> float:
        """Of all requests, those never done included; infinite where too few lie beyond it."""
        value = self.latency.lost(sum(one.undone for one in self.parts)).percentile(share)
        return math.inf if value is None else value

    def as_json(self) -> dict[str, Any]:
        names = ("cell", "case", "workload", "contender", "family", "workers", "rate", "over")
        found = {key: getattr(self, key) for key in names}
        counts = ("offered", "dropped", "given_up", "blocked", "blocked_seconds", "disturbed")
        found |= {key: sum(getattr(one, key) for one in self.parts) for key in counts}
        parts = {"latency": self.latency, "queueing": self.queueing, "service": self.service}
        return found | {
            "rounds": len(self.parts),
            "throughput": vars(self.throughput),
            "percentiles": {f"{100 * p:g}": one and vars(one) for p, one in self.percentiles.items()},
            "late": self.late and {"share": self.late[0], "seconds": self.late[1]},
            **{name: {"count": one.count, "mean": one.mean, "max": one.most} for name, one in parts.items()},
        }


def loads(found: Sequence[Latency], cells: Mapping[str, Json]) -> list[Load]:
    """By cell and rate, in the order of both. Raises ValueError on a cell that is not known."""
    groups: dict[tuple[str, float], list[Latency]] = {}
    for one in found:
        if one.cell not in cells:
            raise ValueError(f"{one.cell!r:.80} is none of 'cells'")
        if one.done:
            groups.setdefault((one.cell, one.rate or 0.0), []).append(one)
    order = {name: place for place, name in enumerate(cells)}
    ordered = sorted(groups, key=lambda key: (order[key[0]], key[1]))
    return [_load(cells[key[0]], groups[key]) for key in ordered]


def _load(cell: Json, parts: Sequence[Latency]) -> Load:
    latency, queueing, service = (
        merged([getattr(one, name) for one in parts]) for name in ("latency", "queueing", "service")
    )
    return Load(
        cell=str(cell["name"]),
        case=str(cell["case"]),
        workload=str(cell["workload"]),
        contender=str(cell["contender"]),
        family=str(cell["family"]),
        workers=int(cell["workers"]),
        rate=parts[0].rate,
        parts=tuple(parts),
        latency=latency,
        queueing=queueing,
        service=service,
        percentiles=percentiles([one.latency for one in parts]),
        throughput=median_interval(one.throughput for one in parts),
        over=2 * sum(map(overloaded, parts)) > len(parts),
        late=_late(parts, latency),
    )


def overloaded(one: Latency) -> bool:
    """Whether what was offered is more than what was done, and the queue still grew: when the last request came, so much was
    left over that the queue had held it up by more than the same share of the time, with the longest service on top.
    """
    if one.rate is None:
        return False
    if one.given_up:
        return True
    window = one.offered / one.rate
    return one.throughput < CAPABLE * one.rate and one.behind - one.service.most > (1 - CAPABLE) * window


def _late(parts: Sequence[Latency], latency: Histogram) -> tuple[float, float] | None:
    own = [one.lateness for one in parts if one.lateness]
    found = tail(merged(own)) if own else None
    middle = latency.percentile(0.5) or latency.mean
    return found if found and found[1] >= min(LATE, LATE_SHARE * middle) else None
