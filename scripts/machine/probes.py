"""What disturbs a sample, as the kernel counts it around one: others on the CPUs, limits, a clock that drifts."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.machine.kernel import ROOT, counted, line

Json = dict[str, Any]

# Above these, a sample is marked.
STEAL = 0.01  # of all CPUs' time: a hypervisor gave it to another guest
FOREIGN = 0.10  # of all CPUs' time: used by processes that are not the sample's
DRIFT = 0.03  # of the clock frequency, from a process's begin to its end
READY = 0.10  # workers that could have run and waited for a CPU, on average; as benchmarks/spread.hpp has it

_TICK = 1 / os.sysconf("SC_CLK_TCK")  # seconds: what /proc/stat counts in


@dataclass(frozen=True)
class Reading:
    """Counters at one moment; only differences mean something. None where this system does not have them."""

    when: float  # seconds
    all: int | None  # ticks of all CPUs, idle ones too
    busy: int  # ticks
    steal: int  # ticks
    own: float  # seconds of CPU, of this process and its reaped children
    involuntary: int  # switches of the children
    throttled: tuple[float, ...]  # seconds, by control group
    killed: tuple[int, ...]  # processes that were killed for want of memory, by control group


def read(root: Path = ROOT) -> Reading:
    """A fraction of a millisecond, and never fails."""
    mine, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    every, busy, steal = _ticks(line(root / "proc/stat"))
    return Reading(
        time.monotonic(),
        every,
        busy,
        steal,
        sum(usage.ru_utime + usage.ru_stime for usage in (mine, children)),
        children.ru_nivcsw,
        _throttled(root),
        tuple(
            kills
            for file in ("memory.events", "memory.oom_control")  # of version 2, of version 1
            for kills in counted("memory", file, "oom_kill", root)
        ),
    )


def _ticks(text: str) -> tuple[int | None, int, int]:
    """All, busy and steal of /proc/stat's first line (proc(5)). Guests are in `user` already."""
    words = text.split()
    if len(words) < 9 or words[0] != "cpu" or not all(word.isdecimal() for word in words[1:9]):
        return None, 0, 0
    user, nice, system, idle, waiting, irq, softirq, steal = map(int, words[1:9])
    busy = user + nice + system + irq + softirq
    return busy + idle + waiting + steal, busy, steal


def _throttled(root: Path) -> tuple[float, ...]:
    """Version 2 counts microseconds, version 1 nanoseconds."""
    return (
        *(count * 1e-6 for count in counted("cpu", "cpu.stat", "throttled_usec", root)),
        *(count * 1e-9 for count in counted("cpu", "cpu.stat", "throttled_time", root)),
    )


def disturbance(before: Reading, after: Reading, document: Mapping[str, Any] | None = None) -> Json:
    """What disturbed the sample between two readings, and what its process says of it; flat, what is unknown left out.

    `seconds` that it took; `steal` and `foreign`, shares of all CPUs' time, and `tick`, what one tick is of it;
    `throttled`, seconds of the control group that was held back longest; `involuntary` switches; `frequency`, the
    probe's rounds a microsecond at the process's end, and `drift`, its change since the begin, as a share; `ready`, how
    many workers waited for a CPU on average, where there is one for each.
    """
    seconds = after.when - before.when
    found: Json = {"seconds": seconds, "involuntary": after.involuntary - before.involuntary}
    if before.all is not None and after.all is not None and after.all > before.all:
        ticks = after.all - before.all
        foreign = (after.busy - before.busy) * _TICK - (after.own - before.own)
        found["tick"] = 1 / ticks
        found["steal"] = max(0, after.steal - before.steal) / ticks
        found["foreign"] = max(0.0, foreign) / (ticks * _TICK)
    if after.throttled and len(after.throttled) == len(before.throttled):
        found["throttled"] = max(b - a for a, b in zip(before.throttled, after.throttled))
    return found | _own(document or {})


def _own(document: Mapping[str, Any]) -> Json:
    """What the process itself measured."""
    found: Json = {}
    context = document.get("context", {})
    probe = context.get("frequency_probe")
    if isinstance(probe, dict) and min(probe.get("before", 0), probe.get("after", 0)) > 0:
        found["frequency"] = probe["after"]
        found["drift"] = probe["after"] / probe["before"] - 1
    cpus = context.get("effective_cpus", 0)
    entries = [entry for entry in document.get("benchmarks", []) if entry.get("workers", 0) <= cpus]
    ready = [entry["ready_share"] for entry in entries if "ready_share" in entry]
    return found | ({"ready": max(ready)} if ready else {})


def starved(before: Reading, after: Reading) -> bool:
    """Whether the kernel killed a process of these control groups for want of memory."""
    return len(before.killed) == len(after.killed) and sum(after.killed) > sum(before.killed)


def marked(disturbance: Mapping[str, Any]) -> dict[str, str]:
    """Why not to trust a sample, by what it is of in the disturbance: "steal 3.1 %", "foreign 15 %"; empty where nothing
    is known against it.

    /proc/stat counts in ticks of 10 ms, whole ones. So one tick of steal may be a rounding, and of what a CPU was busy
    with, which is looked at once a tick, two may be: a burst counts for up to one more at its begin and at its end. A
    share is over its threshold if it is without these: in 100 ms on two CPUs, that is from two ticks of steal and from
    seven of foreign use up.
    """
    seconds, tick = float(disturbance.get("seconds", 0)), float(disturbance.get("tick", 1))
    roundings = {"steal": (STEAL, tick), "foreign": (FOREIGN, 2 * _TICK / max(seconds, _TICK))}
    found = {
        name: f"{name} {percent(disturbance[name])}"
        for name, (threshold, rounding) in roundings.items()
        if disturbance.get(name, 0) - rounding > threshold
    }
    if disturbance.get("throttled", 0) > 0:
        found["throttled"] = f"throttled {disturbance['throttled']:.2g} s"
    if abs(disturbance.get("drift", 0)) > DRIFT:
        found["drift"] = f"frequency {percent(disturbance['drift'])}"
    if disturbance.get("ready", 0) > READY:
        found["ready"] = f"{disturbance['ready']:.2g} workers waited for a CPU"
    return found


def percent(share: float) -> str:
    """ "3.1 %"; "15 %" from 10 up."""
    return f"{100 * share:.{0 if abs(share) >= 0.0995 else 1}f} %"
