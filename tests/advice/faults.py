"""Cells with one fault each, of a known size: what the evidence of four workers would be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scripts.advice.situation import Situation
from scripts.analysis.interval import Interval
from scripts.analysis.why.waterfall import waterfall
from tests.analysis.why import builder

WAVES = (0.98, 1.01, 1.0, 0.99, 1.02)  # of all times, by round
KNOWN = frozenset({"openmp_dynamic", "pool", "tbb_grain1", "fork_pool"})


def situation(
    make: Callable[[float], dict[str, Any]],
    *,
    base: Callable[[float], dict[str, Any]] | None = None,
    cpus: float = 4.0,
    perturbation: Interval | None = None,
    **cell: Any,
) -> Situation:
    """`make` gives the evidence of a round, `base` that of the serial loop, by a factor on all times."""
    mine = builder.read(*map(make, WAVES))
    theirs = builder.read(*map(base, WAVES)) if base else builder.serial(slower=WAVES)
    found = waterfall(mine, theirs)
    what: dict[str, Any] = {"workload": "math", "executor": "pool", "workers": mine[0].workers, **cell}
    what |= {"states": mine, "base": theirs, "waterfall": found, "cpus": cpus, "perturbation": perturbation}
    return Situation(mine[0].cell, known=KNOWN, **what)


def model(
    workers: int = 4, cpus: float = 4.0, also: Mapping[str, Any] = {}, others: float = 0.0, **fault: Any
) -> Any:
    """The builder's cell, beside which `others` use so many CPUs."""

    def make(wave: float) -> dict[str, Any]:
        found = alone(builder.cell(workers, cpus, wave=wave, **fault))
        found["system"]["busy"] += others * found["seconds"]
        return found | {**also, "system": found["system"] | also.get("system", {})}

    return make


def alone(found: dict[str, Any]) -> dict[str, Any]:
    """With the CPU time that its workers used as that of the machine."""
    used = sum(phase["running"] for phase in found["phases"].values())
    return found | {"system": found["system"] | {"own": used, "busy": used}}


def waiting(blocked: float, workers: int) -> Callable[[float], dict[str, Any]]:
    """Tasks that wait for so many seconds each, and compute for a hundredth of a millisecond."""

    def make(wave: float) -> dict[str, Any]:
        count = builder.TASKS * builder.BATCHES
        body = (1e-5 * count, 0.0, blocked * wave * count)
        return alone(builder.entry("http/pool", workers, {"body": body}))

    return make


def short(start: float, workers: int) -> Callable[[float], dict[str, Any]]:
    """Eight tasks of 8 us a batch, for which each worker is woken in so many seconds."""

    def make(wave: float) -> dict[str, Any]:
        body = 8 * 8e-6 * builder.BATCHES * wave
        phases = {"body": (body, 0.0, 0.0), "start": (0.0, 0.0, workers * start * builder.BATCHES * wave)}
        return alone(builder.entry("spin/pool", workers, phases, tasks=8 * builder.BATCHES))

    return make


def tiny(each: float, workers: int) -> Callable[[float], dict[str, Any]]:
    """Tasks of 1 us, with so many seconds between them."""

    def make(wave: float) -> dict[str, Any]:
        count = builder.TASKS * builder.BATCHES
        phases = {"body": (1e-6 * count * wave, 0.0, 0.0), "between": (each * count * wave, 0.0, 0.0)}
        return alone(builder.entry("overhead/pool", workers, phases))

    return make


QUOTA = {"system": {"cpus": 2.0, "periods": 20, "throttled_periods": 18, "throttled": 0.9}}
LOCK: dict[str, Any] = {"workload": "lock", "parameters": {"kind": "mutex"}, "roles": {"layout": "packed"}}
COUNTERS: dict[str, Any] = {"workload": "counters", "roles": {"layout": "packed"}}
FAULTS: dict[str, Callable[[], Situation]] = {
    "quota": lambda: situation(model(4, 2.0, QUOTA), cpus=2.0),
    "busy host": lambda: situation(model(4, 2.0, {"system": {"cpus": 4.0}}, others=2.0)),
    "external": lambda: situation(waiting(8e-3, 4), base=waiting(2e-3, 1), waits=True, workload="http"),
    "oversubscription": lambda: situation(model(8, 2.0), cpus=2.0),
    "tiny batches": lambda: situation(
        short(60e-6, 4), base=short(0.0, 1), workload="spin", parameters={"tasks": 8, "duration": 8e-6}
    ),
    "tiny tasks": lambda: situation(
        tiny(1e-5, 4), base=tiny(0.0, 1), workload="overhead", parameters={"tasks": 10_000}
    ),
    "spinning": lambda: situation(model(4, 2.0, spin=0.6), cpus=2.0, executor="openmp_dynamic"),
    "imbalance": lambda: situation(
        model(work=(5, 1, 1, 1), also={"load_balance": 0.4}), executor="openmp_static"
    ),
    "false sharing": lambda: situation(model(dearer=4), **COUNTERS),
    "lock": lambda: situation(model(lock=0.6), **LOCK),
    "serial section": lambda: situation(model(starved=0.6)),
    "start up": lambda: situation(model(start=0.6), executor="std_thread"),
    "bandwidth": lambda: situation(model(dearer=2), workload="stream"),
    "shared core": lambda: situation(model(dearer=2)),
    "perturbed": lambda: situation(model(dearer=2), perturbation=Interval(1.3, 1.2, 1.4, 0.94, 5)),
}
HEALTHY: dict[str, Callable[[], Situation]] = {
    "computes": lambda: situation(model()),
    "is a little dearer": lambda: situation(model(dearer=1.06)),
    "spins a little": lambda: situation(model(spin=0.05), executor="openmp_static"),
    "waits": lambda: situation(waiting(2e-3, 4), base=waiting(2e-3, 1), waits=True, workload="sleep"),
}
