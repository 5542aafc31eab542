"""Evidence of workers whose losses are known, as fanout-bench writes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from scripts.analysis.why.evidence import States, states

if TYPE_CHECKING:  # with it comes numpy, which the fake binary that uses this does without
    from scripts.analysis.why.waterfall import Waterfall

TASK = 1e-3  # seconds of CPU that a task takes
TASKS, BATCHES = 200, 5


def entry(
    name: str = "math/pool/workers:4",
    workers: int = 4,
    phases: dict[str, tuple[float, float, float]] | None = None,
    seconds: float | None = None,
    **others: Any,
) -> dict[str, Any]:
    """With (running, ready, blocked) by phase; as long as they take, unless told."""
    found = {phase: (0.0, 0.0, 0.0) for phase in ("start", "body", "between", "tail")} | (phases or {})
    total = sum(sum(times) for times in found.values())
    running = max(0.0, sum(times[0] for times in found.values()))
    seconds = total / workers if seconds is None else seconds
    return {
        "observer": "states",
        "version": 1,
        "cell": name,
        "batches": BATCHES,
        "seconds": seconds,
        "tasks": TASKS * BATCHES,
        "workers": workers,
        "seen": workers,
        "source": "schedstat",
        "bodies": True,
        "phases": {
            phase: dict(zip(("running", "ready", "blocked"), times)) for phase, times in found.items()
        },
        "absent": workers * seconds - total,
        "sampled": 1.0,
        "load_balance": 1.0,
        "switches": {"voluntary": 3, "involuntary": 4},
        "faults": {"minor": 5, "major": 0},
        "migrations": None,
        "system": {
            "cpus": 4.0, "busy": running, "own": running, "steal": 0.0,
            "periods": 0, "throttled_periods": 0, "throttled": 0.0,
        },
        "threads": [{"process": 1, "thread": 2, "tasks": 1000}],
    }  | others  # fmt: skip


def read(*entries: dict[str, Any]) -> list[States]:
    """The rounds of the one cell that they are of."""
    (rounds,) = states(entries).values()
    return rounds


def serial(rounds: int = 1, slower: Sequence[float] = ()) -> list[States]:
    """The serial loop: nothing but bodies."""
    work = TASK * TASKS * BATCHES
    factors = slower or [1.0] * rounds
    name = "math/serial/workers:1"
    return read(*(entry(name, 1, {"body": (work * factor, 0.0, 0.0)}) for factor in factors))


def cell(
    workers: int = 4,
    cpus: float = 4.0,
    *,
    dearer: float = 1.0,
    spin: float = 0.0,
    lock: float = 0.0,
    starved: float = 0.0,
    start: float = 0.0,
    work: Sequence[float] = (),
    spins_in_tail: bool = False,
    wave: float = 1.0,
) -> dict[str, Any]:
    """A model of workers, not of shares: each has its part of the `work` (all as much, unless told), each task takes
    `dearer` times the CPU, and `spin` of all CPU time is spun away. Of the time that they would take for this, if alone
    on their CPUs, they are blocked in bodies, starved and started in addition so that each takes that share of it. Who
    is done waits for the last. Where there are fewer CPUs, all wait in turn. `wave` scales all times."""
    parts = work or [1.0] * workers
    every = TASK * TASKS * BATCHES * dearer * wave
    body = [every * part / sum(parts) for part in parts]
    between = [time * spin / (1 - spin) for time in body]
    busy = [one + other for one, other in zip(body, between)]
    alone = [time / (1 - lock - starved - start) for time in busy]
    stretch = max(1.0, sum(busy) / cpus / max(alone))  # of the batch, by CPUs that are too few
    ready = [(stretch - 1) * time for time in alone]
    ends = [own + wait for own, wait in zip(alone, ready)]
    tails = [max(ends) - end for end in ends]
    rests = {share: sum(share * time for time in alone) for share in (lock, starved, start)}
    tail = (sum(tails), 0.0, 0.0) if spins_in_tail else (0.0, 0.0, sum(tails))
    phases = {
        "start": (0.0, 0.0, rests[start]),
        "body": (sum(body), sum(ready), rests[lock]),
        "between": (sum(between), 0.0, rests[starved]),
        "tail": tail,
    }
    found = entry(workers=workers, phases=phases)
    found["system"]["cpus"] = cpus
    return found


def share(found: Waterfall, name: str) -> float:
    """Of the loss."""
    return found.term(name).share.median
