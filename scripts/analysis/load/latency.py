"""The evidence of the observer `latency`: how long requests took in one process."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scripts.analysis.load.histogram import Histogram, read

OBSERVER, VERSION = "latency", 1

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Latency:
    """One process of a cell; times in seconds."""

    cell: str
    round: int
    disturbed: bool
    rate: float | None  # requests a second; None in the closed loop, where all of a batch are due at its begin
    arrivals: str  # "poisson", "constant"; "" in the closed loop
    seconds: float
    offered: int
    done: int
    dropped: int  # never done: those that were given up, too
    given_up: int  # of them: not begun so long after the last one came that nobody waited for them any more
    capacity: int | None  # of the queue; None where it has no end
    policy: str  # "block" or "drop"
    blocked: int  # arrivals that the queue had no room for at once
    blocked_seconds: float
    throughput: float  # requests a second
    behind: float  # from the last intended arrival to the last end
    lateness: Histogram | None  # of the generator
    queueing: Histogram  # from when a request was due to when it began
    service: Histogram
    latency: Histogram


def latencies(entries: Sequence[Any]) -> list[Latency]:
    """Those of this observer; others' evidence is passed over. Raises ValueError that says which entry cannot be used, and
    why."""
    found = []
    for index, entry in enumerate(entries):
        if isinstance(entry, Mapping) and entry.get("observer") == OBSERVER:
            try:
                found.append(_latency(entry))
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise ValueError(f"evidence[{index}]: no latency ({error!r:.80})") from None
    return found


def _latency(entry: Json) -> Latency:
    if entry["version"] != VERSION:
        raise ValueError(f"of version {entry['version']!r:.40}, not {VERSION}: measure again")
    queue, rate = entry["queue"], entry["rate"]
    given_up = int(_number(entry.get("given_up", 0)))
    found = Latency(
        cell=str(entry["cell"]),
        round=int(entry.get("round", 0)),
        disturbed=bool(entry.get("marks")),
        rate=None if rate is None else _number(rate),
        arrivals=str(entry["arrivals"] or ""),
        seconds=_number(entry["seconds"]),
        offered=int(_number(entry["offered"])),
        done=int(_number(entry["done"])),
        dropped=int(_number(entry["dropped"])) + given_up,
        given_up=given_up,
        capacity=None if queue["capacity"] is None else int(queue["capacity"]),
        policy=str(queue["policy"]),
        blocked=int(_number(queue["blocked"])),
        blocked_seconds=_number(queue["blocked_seconds"]),
        throughput=_number(entry["throughput"]),
        behind=_number(entry["behind"]),
        lateness=read(entry["lateness"]) if entry["lateness"] else None,
        queueing=read(entry["queueing"]),
        service=read(entry["service"]),
        latency=read(entry["latency"]),
    )
    recorded = found.latency.count + int(_number(entry.get("missed", 0)))
    if found.done != recorded or found.done + found.dropped != found.offered:
        raise ValueError(f"{found.offered} offered, {found.done} done, {found.dropped} not, {recorded} seen")
    return found


def _number(value: Any) -> float:
    number = float(value)
    if not 0 <= number < math.inf:
        raise ValueError(f"{value!r:.40} is no number from 0 up")
    return number
