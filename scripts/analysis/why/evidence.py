"""The evidence of the observer `states`: what the workers of a cell did with their time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NoReturn

from scripts.analysis.text import LARGEST

Json = Mapping[str, Any]
OBSERVER, VERSION = "states", 1
PHASES = ("start", "body", "between", "tail")
CLOSES = 1e-3  # of N * S: how far phases and absent may be from it, which they are by construction
NEGATIVE = 0.3  # of N * S: how far a state may lie below 0, since clocks are not read at once


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


def states(entries: Sequence[Json]) -> dict[str, list[States]]:
    """By the cell's name, one for each process, in the order of the list; other observers' evidence is passed over.
    Raises ValueError that says which entry cannot be used, and why."""
    found: dict[str, list[States]] = {}
    for index, entry in enumerate(entries):
        if isinstance(entry, Mapping) and entry.get("observer") != OBSERVER:
            continue
        one = _Entry(f"evidence[{index}]", entry).states()
        mine = found.setdefault(one.cell, [])
        mine.append(one if "round" in entry else replace(one, round=len(mine)))
    return found


class _Entry:
    """An object of the document, which knows its place."""

    def __init__(self, where: str, value: Any) -> None:
        self.where = where
        if not isinstance(value, Mapping):
            self.fail(f"is {value!r:.40}, not an object")
        self.value: Json = value

    def states(self) -> States:
        if self.get("version") != VERSION:
            self.fail(f"is of version {self.get('version')!r:.40}, not {VERSION}: measure again")
        source, bodies, cell = self.get("source"), self.get("bodies"), self.get("cell")
        if source not in ("schedstat", "cpu") or not isinstance(bodies, bool) or not isinstance(cell, str):
            self.fail("has no cell, no source (schedstat, cpu) or no bodies (true, false)")
        phases, switches, faults = (self.inner(key) for key in ("phases", "switches", "faults"))
        found = States(
            cell=cell,
            round=self.whole("round") if "round" in self.value else 0,
            batches=self.whole("batches", least=1),
            seconds=self.number("seconds"),
            tasks=self.whole("tasks", least=1),
            workers=self.whole("workers", least=1),
            seen=self.whole("seen"),
            source=source,
            reason=str(self.value.get("reason", "")),
            bodies=bodies,
            **{name: phases.inner(name).phase(source) for name in PHASES},
            absent=self.number("absent", least=-math.inf),
            sampled=self.known("sampled"),
            load_balance=self.known("load_balance"),
            voluntary=switches.count("voluntary"),
            involuntary=switches.count("involuntary"),
            minor=faults.count("minor"),
            major=faults.count("major"),
            migrations=self.count("migrations"),
            system=self.inner("system").system(),
        )
        self.check(found)
        return found

    def check(self, found: States) -> None:
        """That it adds up: what does not was written half, or by something else."""
        if not found.seconds:
            self.fail("has 0 seconds")
        total = sum(phase.wall for phase in found.phases) + found.absent
        if abs(total - found.capacity) > CLOSES * found.capacity:
            self.fail(f"phases and absent are {total:g} s, workers x seconds {found.capacity:g} s")
        for phase in found.phases:
            for state in ("running", "ready", "blocked"):
                if (getattr(phase, state) or 0.0) < -NEGATIVE * found.capacity:
                    self.fail(f"{getattr(phase, state):g} s {state}, of {found.capacity:g} s")

    def phase(self, source: str) -> Phase:
        ready = self.known("ready", -math.inf)
        if (ready is None) != (source == "cpu"):
            self.fail(f"ready is {ready}, with {source!r} as the source")
        return Phase(self.number("running", -math.inf), ready, self.number("blocked", -math.inf))

    def system(self) -> System:
        return System(
            **{key: self.known(key) for key in ("cpus", "busy", "own", "steal", "throttled")},
            periods=self.count("periods"),
            throttled_periods=self.count("throttled_periods"),
        )

    def fail(self, what: str) -> NoReturn:
        raise ValueError(f"{self.where}: {what}")

    def get(self, key: str) -> Any:
        if key not in self.value:
            self.fail(f"has no {key!r}")
        return self.value[key]

    def inner(self, key: str) -> _Entry:
        return _Entry(f"{self.where}.{key}", self.get(key))

    def number(self, key: str, least: float = 0.0) -> float:
        value = self.get(key)
        fits = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < LARGEST
        if not fits or not math.isfinite(value) or value < least:
            self.fail(f"{key} is {value!r:.40}, not a finite number{' from 0 up' * (least == 0)}")
        return float(value)

    def known(self, key: str, least: float = 0.0) -> float | None:
        return None if self.get(key) is None else self.number(key, least)

    def whole(self, key: str, least: int = 0) -> int:
        value = self.number(key)
        if not value.is_integer() or value < least:
            self.fail(f"{key} is {value:g}, not a whole number from {least} up")
        return int(value)

    def count(self, key: str) -> int | None:
        return None if self.get(key) is None else self.whole(key)
