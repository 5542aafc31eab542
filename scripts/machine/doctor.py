"""Every check of `fanout doctor`: what would spoil a measurement here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scripts.machine import allowance, probes, settings
from scripts.machine.finding import UNKNOWN, Finding, Machine, Observation

STANDING: dict[str, Callable[[Machine], Observation]] = {
    "governor": settings.governor,
    "turbo": settings.turbo,
    "SMT": settings.smt,
    "virtualisation": settings.virtualisation,
    "ASLR": settings.aslr,
    "huge pages": settings.huge_pages,
    "clock source": settings.clock_source,
    "CPU quota": allowance.quota,
    "online CPUs": allowance.online_cpus,
    "load": allowance.load,
    "threads": allowance.threads,
    "memory": allowance.memory,
    "disk": allowance.disk,
    "environment": allowance.environment,
    "build": allowance.build,
}
# What is watched, by its key in a disturbance: the check's name, and what to do about it.
WATCHED = {
    "steal": (
        "steal",
        "the host gives this machine's CPUs to others; ask for dedicated ones, or measure at another time",
    ),
    "throttled": ("throttling", "the cgroup's quota stops what runs here; lift it, or use fewer --workers"),
    "foreign": ("foreign load", "others use the CPUs; find them with top, and end them or wait"),
    "drift": (
        "frequency",
        "the clock changes with load or heat; fix it with: cpupower frequency-set -g performance",
    ),
}


def standing(machine: Machine) -> list[Finding]:
    """What is so without being watched."""
    return [Finding(name, *check(machine)) for name, check in STANDING.items()]


def watched(disturbance: Mapping[str, Any]) -> list[Finding]:
    """What a disturbance, as probes.disturbance() has it, says of a machine on which nothing was measured meanwhile."""
    marked = probes.marked(disturbance)
    found = []
    for key, (name, remedy) in WATCHED.items():
        if key in marked:
            found.append(Finding(name, "severe", f"{marked[key]}: {remedy}"))
        else:
            found.append(Finding(name, "ok", _spelt(key, disturbance) if key in disturbance else UNKNOWN))
    return found


def _spelt(key: str, disturbance: Mapping[str, Any]) -> str:
    return f"{disturbance[key]:g} s" if key == "throttled" else probes.percent(disturbance[key])
