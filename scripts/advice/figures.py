"""Figures of one observed process, and how they are written."""

from __future__ import annotations

from scripts.analysis.interval import Interval
from scripts.analysis.text import digits, duration
from scripts.analysis.why.evidence import States
from scripts.analysis.why.text import bracketed, share


def used(of: States) -> float:
    """CPU seconds of the process and its workers: those too of workers that had no task in a batch, which no phase has."""
    return max(of.system.own or 0.0, sum(phase.running for phase in of.phases))


def ready(of: States) -> float | None:
    """Share of the workers' time in which they could have run, and had no CPU."""
    found = [phase.ready for phase in of.phases if phase.ready is not None]
    return sum(found) / of.capacity if len(found) == len(of.phases) else None


def blocked_in_bodies(of: States) -> float:
    return of.body.blocked / of.capacity


def not_in_bodies(of: States) -> float | None:
    """Share of the CPU time that no task had: spinning, and the runtime's own work."""
    return 1 - of.body.running / used(of) if of.bodies and used(of) > 0 else None


def cpus_used(of: States) -> float:
    """On average."""
    return used(of) / of.seconds


def foreign_cpus(of: States) -> float | None:
    """CPUs that others used, on average."""
    busy, own = of.system.busy, of.system.own
    return None if busy is None or own is None else max(0.0, busy - own) / of.seconds


def steal(of: States) -> float | None:
    """Share of the effective CPUs' time that a hypervisor gave to others."""
    if of.system.steal is None or not of.system.cpus:
        return None
    return of.system.steal / of.seconds / of.system.cpus


def _a_cpu_second(of: States, count: int | None) -> float | None:
    return None if count is None or used(of) <= 0 else count / used(of)


def voluntary(of: States) -> float | None:
    """Switches a second of CPU time."""
    return _a_cpu_second(of, of.voluntary)


def involuntary(of: States) -> float | None:
    """Switches a second of CPU time; sched_yield counts as one."""
    return _a_cpu_second(of, of.involuntary)


def task(of: States) -> float:
    """CPU seconds in the body of one; where bodies cannot be told apart, of all of its worker's."""
    phases = [of.body] if of.bodies else of.phases
    return sum(phase.running for phase in phases) / of.tasks


def alone(of: States) -> float:
    """CPU seconds of a task with all that its worker does for it."""
    return sum(phase.running for phase in of.phases) / of.tasks


def body(of: States) -> float | None:
    """Seconds of a task's body, less those in which it had no CPU."""
    return (of.body.wall - (of.body.ready or 0.0)) / of.tasks if of.bodies else None


def batch(of: States) -> float:
    """Seconds."""
    return of.seconds / of.batches


def percent(found: Interval | None) -> str:
    return "unknown" if found is None else share(found)


def number(found: Interval | None) -> str:
    return "unknown" if found is None else bracketed(found, digits)


def time(found: Interval | None) -> str:
    return "unknown" if found is None else duration(max(found.median, 0.0))
