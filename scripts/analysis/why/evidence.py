"""The evidence of the observer `states`: what the workers of a cell did with their time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from scripts.analysis.why.entry import Entry, read

OBSERVER, VERSION = "states", 1
PHASES = ("start", "body", "between", "tail")
CLOSES = 1e-3  # of N * S: how far phases and absent may be from it, which they are by construction
# Of N * S: how far a state may lie below 0. A wait for a CPU counts where it ends, however long ago it has begun.
NEGATIVE = 1.0


@dataclass(frozen=True)
class Phase:
    """Seconds of all workers in one phase of the batches; slightly below 0 where clocks have it so."""

    running: float
    ready: float | None  # None where the kernel does not say: then it is in blocked
    blocked: float

    @property
    def wall(self) -> float:
        return self.running + (self.ready or 0.0) + self.blocked


@dataclass(frozen=True)
class System:
    """What the machine did meanwhile; CPU times in seconds. None: unreadable."""

    cpus: float | None  # effective ones
    busy: float | None
    own: float | None
    steal: float | None
    periods: int | None  # of the control group's quota
    throttled_periods: int | None
    throttled: float | None


@dataclass(frozen=True)
class States:
    """One process: where N workers were in S seconds of observed batches. Seconds, summed over both. Single threads, which
    the document lists, are left there: they would be most of it."""

    cell: str
    round: int  # where evidence has none, its place among that of its cell
    batches: int
    seconds: float
    tasks: int  # done in the batches
    workers: int  # N, declared
    seen: int  # distinct workers that ran tasks
    source: Literal["schedstat", "cpu"]
    reason: str  # why there is no ready time; "" where there is
    bodies: bool  # whether bodies of tasks can be told apart; where not, all is in `between`
    start: Phase  # until a worker's first task of a batch
    body: Phase
    between: Phase  # between its tasks
    tail: Phase  # after its last
    absent: float  # workers that did not exist, or had no task; may be slightly negative
    sampled: float | None  # share of the bodies whose states were read
    load_balance: float | None  # mean body time of a worker over the longest
    voluntary: int | None  # switches
    involuntary: int | None
    minor: int | None  # faults
    major: int | None
    migrations: int | None
    system: System

    @property
    def capacity(self) -> float:
        """The workers' time that there was, in seconds: N * S."""
        return self.workers * self.seconds

    @property
    def phases(self) -> tuple[Phase, ...]:
        return self.start, self.body, self.between, self.tail


def states(entries: Sequence[Any]) -> dict[str, list[States]]:
    """By the cell's name, one for each process, in the order of the list; other observers' evidence is passed over.
    Raises ValueError that says which entry cannot be used, and why."""
    found: dict[str, list[States]] = {}
    for entry, one in read(entries, OBSERVER, VERSION, lambda entry: (entry, _states(entry))):
        mine = found.setdefault(one.cell, [])
        mine.append(one if "round" in entry.value else replace(one, round=len(mine)))
    return found


def _states(entry: Entry) -> States:
    source, bodies, cell = entry.get("source"), entry.get("bodies"), entry.get("cell")
    if source not in ("schedstat", "cpu") or not isinstance(bodies, bool) or not isinstance(cell, str):
        entry.fail("has no cell, no source (schedstat, cpu) or no bodies (true, false)")
    phases, switches, faults = (entry.inner(key) for key in ("phases", "switches", "faults"))
    found = States(
        cell=cell,
        round=entry.whole("round") if "round" in entry.value else 0,
        batches=entry.whole("batches", least=1),
        seconds=entry.number("seconds"),
        tasks=entry.whole("tasks", least=1),
        workers=entry.whole("workers", least=1),
        seen=entry.whole("seen"),
        source=source,
        reason=str(entry.value.get("reason", "")),
        bodies=bodies,
        **{name: _phase(phases.inner(name), source) for name in PHASES},
        absent=entry.number("absent", least=-math.inf),
        sampled=entry.known("sampled"),
        load_balance=entry.known("load_balance"),
        voluntary=switches.count("voluntary"),
        involuntary=switches.count("involuntary"),
        minor=faults.count("minor"),
        major=faults.count("major"),
        migrations=entry.count("migrations"),
        system=_system(entry.inner("system")),
    )
    _check(entry, found)
    return found


def _check(entry: Entry, found: States) -> None:
    """That it adds up: what does not was written half, or by something else."""
    if not found.seconds:
        entry.fail("has 0 seconds")
    total = sum(phase.wall for phase in found.phases) + found.absent
    if abs(total - found.capacity) > CLOSES * found.capacity:
        entry.fail(f"phases and absent are {total:g} s, workers x seconds {found.capacity:g} s")
    for phase in found.phases:
        for state in ("running", "ready", "blocked"):
            if (getattr(phase, state) or 0.0) < -NEGATIVE * found.capacity:
                entry.fail(f"{getattr(phase, state):g} s {state}, of {found.capacity:g} s")


def _phase(entry: Entry, source: str) -> Phase:
    ready = entry.known("ready", -math.inf)
    if (ready is None) != (source == "cpu"):
        entry.fail(f"ready is {ready}, with {source!r} as the source")
    return Phase(entry.number("running", -math.inf), ready, entry.number("blocked", -math.inf))


def _system(entry: Entry) -> System:
    return System(
        **{key: entry.known(key) for key in ("cpus", "busy", "own", "steal", "throttled")},
        periods=entry.count("periods"),
        throttled_periods=entry.count("throttled_periods"),
    )
