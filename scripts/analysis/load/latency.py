"""The evidence of the observer `latency`: how long requests took in one process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scripts.analysis.load.histogram import Histogram, histogram
from scripts.analysis.why.entry import Entry, read

OBSERVER, VERSION = "latency", 1


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
    dropped: int  # by a queue that was full
    given_up: int  # not begun so long after the last one came that nobody waited for them any more
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

    @property
    def undone(self) -> int:
        return self.dropped + self.given_up


def latencies(entries: Sequence[Any]) -> list[Latency]:
    """Those of this observer; others' evidence is passed over. Raises ValueError that says which entry cannot be used, and
    why."""
    return read(entries, OBSERVER, VERSION, _latency)


def _latency(entry: Entry) -> Latency:
    queue = entry.inner("queue")
    found = Latency(
        cell=str(entry.get("cell")),
        round=entry.whole("round") if "round" in entry.value else 0,
        disturbed=bool(entry.value.get("marks")),
        rate=entry.known("rate"),
        arrivals=str(entry.get("arrivals") or ""),
        seconds=entry.number("seconds"),
        offered=entry.whole("offered"),
        done=entry.whole("done"),
        dropped=entry.whole("dropped"),
        given_up=entry.whole("given_up"),
        capacity=queue.count("capacity"),
        policy=str(queue.get("policy")),
        blocked=queue.whole("blocked"),
        blocked_seconds=queue.number("blocked_seconds"),
        throughput=entry.number("throughput"),
        behind=entry.number("behind"),
        lateness=histogram(entry.inner("lateness")) if entry.get("lateness") else None,
        queueing=histogram(entry.inner("queueing")),
        service=histogram(entry.inner("service")),
        latency=histogram(entry.inner("latency")),
    )
    recorded = found.latency.count + entry.whole("missed")
    if found.done != recorded or found.done + found.undone != found.offered:
        entry.fail(f"{found.offered} offered, {found.done} done, {found.undone} not, {recorded} seen")
    return found
